import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = `${root}examples/web`;
const modules = `${example}/node_modules`;

/**
 * Installs what the example is built with where that is missing or older than its lock; false: it could not, as without a network. Processes
 * that find it missing at once each install for themselves, and the first to be done is the one that counts: what is there is whole.
 */
export function installExample(): boolean {
  if (isInstalled()) return true;
  const own = mkdtempSync(`${root}node_modules/.example-`);
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      copyFileSync(`${example}/${name}`, `${own}/${name}`);
    }
    const flags = ['ci', '--no-audit', '--ignore-scripts', '--loglevel=error'];
    if (spawnSync('npm', flags, { cwd: own, stdio: 'inherit' }).status !== 0) return false;
    if (isInstalled()) return true;
    if (existsSync(modules)) renameSync(modules, `${own}/outdated`);
    renameSync(`${own}/node_modules`, modules);
    return true;
  } catch (error) {
    if (isInstalled()) return true;
    throw error;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** npm writes its own lock into the folder last of all. */
function isInstalled(): boolean {
  const installed = statSync(`${modules}/.package-lock.json`, { throwIfNoEntry: false });
  return (
    installed !== undefined && installed.mtimeMs >= statSync(`${example}/package-lock.json`).mtimeMs
  );
}
