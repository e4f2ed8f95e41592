import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What SQLite keeps beside a database, and would take for a part of whatever has its name. */
export const SIDE_FILES = ['-wal', '-shm', '-journal'] as const;

/**
 * Resolves when what was written to a file, or the names in a folder, would survive a power cut.
 */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The same for the folder that a file is in. */
export function syncFolderOf(path: string): Promise<void> {
  return syncFile(dirname(path));
}
