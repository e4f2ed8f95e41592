import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The bench's own programs, made ready to run. */

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = join(BENCH, 'dist');

/** Where a program of the bench is after `buildPrograms`: a peer by its name, or `stand-in`. */
export function programOf(name: string): string {
  return join(OUTPUT, `${name}.js`);
}

/** Whether `npm ci` ran in the folder since its lock file was last changed. */
export function isInstalled(folder: string): boolean {
  const stamp = stampOf(folder);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digestOf(folder);
}

/** Runs `npm ci` in a folder of the bench, or in a checkout, where that is missing or stale. */
export function install(folder: string): void {
  if (isInstalled(folder)) return;
  console.error(`npm ci in ${folder}`);
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ci failed in ${folder}.`);
  writeFileSync(stampOf(folder), digestOf(folder));
}

const stampOf = (folder: string): string => join(folder, 'node_modules', '.bench-installed');

function digestOf(folder: string): string {
  const lock = readFileSync(join(folder, 'package-lock.json'));
  return createHash('sha256').update(lock).digest('hex');
}

/** Installs the peers where needed, and compiles them and the stand-in. */
export async function buildPrograms(): Promise<void> {
  install(BENCH);
  mkdirSync(OUTPUT, { recursive: true });
  const peers = readdirSync(join(BENCH, 'peers'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.slice(0, -3), join(BENCH, 'peers', file)]);
  await build({
    entryPoints: Object.fromEntries([...peers, ['stand-in', join(BENCH, 'stand-in', 'main.ts')]]),
    outdir: OUTPUT,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
}
