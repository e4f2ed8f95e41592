import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Resolves when what was written to a file would survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same for the names in the folder that a file is in: a renamed one is found only by these. */
export function syncFolderOf(path: string): Promise<void> {
  return syncFile(dirname(path));
}
