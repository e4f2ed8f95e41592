const UNRELEASED = '## Unreleased\n';

/** The changelog with what was unreleased under the version's heading. Throws when nothing is unreleased, or the version is there. */
export function releaseChangelog(changelog: string, version: string, day: string): string {
  if (changelog.includes(`\n## ${version} `))
    throw new Error(`CHANGELOG.md has ${version} already.`);
  const [head, rest] = changelog.split(UNRELEASED);
  if (head === undefined || rest === undefined) {
    throw new Error('CHANGELOG.md has no heading "## Unreleased".');
  }
  if (rest.split(/^## /m)[0]?.trim() === '') throw new Error('Nothing is unreleased.');
  return `${head}${UNRELEASED}\n## ${version} (${day})\n${rest}`;
}
