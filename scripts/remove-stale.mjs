// Removes from `dist` what was built of sources that are gone.
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the sources' own: the explorer's programs, and the compiler's memory. */
const KEPT = new Set(['explorer', '.tsbuildinfo']);

/** Touches nothing that has a source, so that programs of `dist` may run meanwhile. */
export function removeStale(root) {
  clean(join(root, 'dist'), join(root, 'src'), KEPT);
}

function clean(built, sources, kept = new Set()) {
  for (const entry of readdirSync(built, { withFileTypes: true })) {
    if (kept.has(entry.name)) continue;
    const path = join(built, entry.name);
    if (entry.isDirectory()) clean(path, join(sources, entry.name));
    else if (!hasSource(sources, entry.name)) rmSync(path, { force: true });
  }
  if (!existsSync(sources)) removeEmpty(built);
}

function hasSource(sources, name) {
  const source = name.replace(/\.js(?:\.map)?$/, '.ts');
  return existsSync(join(sources, name)) || existsSync(join(sources, source));
}

/** Another build may have removed it, or put something into it. */
function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // Then it stays.
  }
}
