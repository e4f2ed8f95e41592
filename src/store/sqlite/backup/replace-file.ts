import { copyFile, link, rename, rm } from 'node:fs/promises';
import { codeOf } from '../../../runtime/errors.ts';
import { SIDE_FILES, syncFolderOf } from './durable-files.ts';

/**
 * Puts `fresh`, a whole database without a log, in the place of the database `file`, and keeps that
 * with what is beside it under the name `aside`. Whenever it is killed, `file` is the old or the new
 * one, and never has the other's log: so the log of the old one, unless it is damaged anyway, must
 * be empty.
 */
export async function replaceFile(fresh: string, file: string, aside: string): Promise<void> {
  await keep(file, aside);
  for (const suffix of SIDE_FILES) {
    // Only what is damaged has anything left in it.
    if (suffix !== '-shm') await keep(`${file}${suffix}`, `${aside}${suffix}`, true);
  }
  await syncFolderOf(aside);
  await moveIn(fresh, file);
}

/** The same where there is no database. */
export async function moveIn(fresh: string, file: string): Promise<void> {
  for (const suffix of SIDE_FILES) await rm(`${file}${suffix}`, { force: true });
  // A log without its database, or a database with a log that is gone, is all that a power cut may leave.
  await syncFolderOf(file);
  await rename(fresh, file);
  await syncFolderOf(file);
}

/** A second name for the same bytes, or a copy where the file system has no such names. */
async function keep(file: string, aside: string, mayBeMissing = false): Promise<void> {
  try {
    await link(file, aside);
  } catch (error) {
    if (mayBeMissing && codeOf(error) === 'ENOENT') return;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error)))
      throw error;
    await copyFile(file, aside);
  }
}
