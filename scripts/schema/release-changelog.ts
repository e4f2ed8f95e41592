const UNRELEASED = '## Unreleased\n';

/**
 * The changelog with what was unreleased under the version's heading, `commits` behind it. Throws when nothing is unreleased, or
 * the version is there.
 */
export function releaseChangelog(
  changelog: string,
  version: string,
  day: string,
  commits = '',
): string {
  if (changelog.includes(`\n## ${version} `))
    throw new Error(`CHANGELOG.md has ${version} already.`);
  const [head, rest] = changelog.split(UNRELEASED);
  if (head === undefined || rest === undefined) {
    throw new Error('CHANGELOG.md has no heading "## Unreleased".');
  }
  const [notes = '', ...earlier] = rest.split(/^(?=## )/m);
  if (notes.trim() === '') throw new Error('Nothing is unreleased.');
  const parts = [notes.trim(), commits.trim(), earlier.join('').trimEnd()];
  const body = parts.filter((part) => part !== '').join('\n\n');
  return `${head}${UNRELEASED}\n## ${version} (${day})\n\n${body}\n`;
}
