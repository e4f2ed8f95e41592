import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { releaseChangelog } from './schema/release-changelog.ts';

/* Writes a release into the working tree; committing, tagging and pushing are left to whoever releases. */

const USAGE = `Usage: npm run prepare-release -- 1.2.3

Gives package.json the version, CHANGELOG.md its heading and the commits since the last tag, and makes schema/schema.graphql the released schema
that later changes are held against. Commit that, tag it v1.2.3 and push both.
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHANGELOG = `${ROOT}CHANGELOG.md`;

const [version = ''] = process.argv.slice(2);
if (/^\d+\.\d+\.\d+$/.test(version)) prepare();
else {
  console.error(USAGE);
  process.exitCode = 2;
}

function prepare(): void {
  const today = new Date().toISOString().slice(0, 10);
  const written = readFileSync(CHANGELOG, 'utf8');
  const changelog = releaseChangelog(written, version, today, commitsSinceLastTag());
  const options = ['version', version, '--no-git-tag-version', '--allow-same-version'];
  execFileSync('npm', options, { cwd: ROOT, stdio: 'ignore' });
  writeFileSync(CHANGELOG, changelog);
  copyFileSync(`${ROOT}schema/schema.graphql`, `${ROOT}schema/released.graphql`);
  console.log(`Ready for git commit, git tag v${version} and git push.`);
}

/** As git-cliff lists them. Empty before the first tag: all that there ever was is no news. */
function commitsSinceLastTag(): string {
  const run = (program: string, ...options: string[]): string =>
    execFileSync(program, options, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  return run('git', 'tag', '--list', 'v*', '--merged').trim() === ''
    ? ''
    : run('npm', 'run', '--silent', 'changelog');
}
