import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The gateway's compiled entry at a git revision. Checked out, installed and built in a temporary folder, once for each revision:
 * the next run finds it there.
 */
export function buildRevision(revision: string): string {
  const sha = git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`);
  const all = join(tmpdir(), 'gateway-bench-revisions');
  const folder = join(all, sha);
  const entry = join(folder, 'dist', 'main.js');
  if (existsSync(entry)) return entry;
  mkdirSync(all, { recursive: true });
  const making = join(all, `${sha}-${process.pid}`);
  git('worktree', 'add', '--detach', '--force', making, sha);
  try {
    install(making);
    run('npm', ['run', '--silent', 'build'], making);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
    git('worktree', 'prune');
  }
  return entry;
}

function git(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed in ${cwd}.`);
}
