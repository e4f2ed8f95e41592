import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSet } from './system-server.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Whether git lacks a revision, as in a shallow clone, so that its tests are to be skipped. Whoever promises the whole history by
 * `FULL_HISTORY` may not skip them: then it throws.
 */
export function isRevisionMissing(revision: string): boolean {
  const isThere = git('cat-file', '-e', `${revision}^{commit}`).status === 0;
  if (!isThere && isSet(process.env['FULL_HISTORY']))
    throw new Error(`FULL_HISTORY is set, and this clone lacks ${revision}: fetch all of it.`);
  return !isThere;
}

/**
 * Builds the gateway of a revision in an empty folder, with the packages that are installed here; its compiled entry. Throws with the
 * compiler's output when they no longer serve it.
 */
export function buildRevision(revision: string, folder: string): string {
  const archive = join(folder, 'revision.tar');
  const needed = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'schema'];
  mustPass(git('archive', '--output', archive, revision, ...needed));
  mustPass(spawnSync('tar', ['-xf', archive, '-C', folder], { encoding: 'utf8' }));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  // Its types are those of its own packages.
  const args = [compiler, '-p', join(folder, 'tsconfig.build.json'), '--noCheck'];
  mustPass(spawnSync(process.execPath, args, { encoding: 'utf8' }));
  return join(folder, 'dist/main.js');
}

function git(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
}

function mustPass({ status, stdout, stderr }: SpawnSyncReturns<string>): void {
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
}
