import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../errors.ts';

/**
 * Makes a folder and those above it that are missing. Rejects with what the file system says.
 * Node's own recursive mkdir tries for ever where a folder can be seen and nothing can be made in
 * it, as in /proc.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isThere(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  await mkdir(folder).catch((error: unknown) => {
    // Somebody else made it in the meantime.
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

/** Throws when it is something else than a folder. */
async function isThere(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) throw new Error(`${path} is no folder`);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
