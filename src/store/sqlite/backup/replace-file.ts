import { copyFile, link, rename, rm } from 'node:fs/promises';
import { codeOf } from '../../../runtime/errors.ts';
import { syncFile, syncFolderOf } from '../../../runtime/files/sync-file.ts';
import { SIDE_FILES } from './side-files.ts';

/** Holds nothing that a database would be poorer without. */
const SCRATCH = '-shm';

/**
 * Puts `fresh`, a whole database without a log, in the place of the database `file`, and keeps that
 * with what is beside it under the name `aside`. Resolves to whether there was anything to keep.
 * Whenever it is killed, `file` is the old or the new one, and never has the other's log: so the
 * log of the old one, unless it is damaged anyway, must be empty.
 */
export async function replaceFile(fresh: string, file: string, aside: string): Promise<boolean> {
  let isKept = await keep(file, aside);
  for (const suffix of SIDE_FILES) {
    if (suffix === SCRATCH) continue;
    isKept = (await keep(`${file}${suffix}`, `${aside}${suffix}`)) || isKept;
  }
  await syncFolderOf(file);
  for (const suffix of SIDE_FILES) await rm(`${file}${suffix}`, { force: true });
  // A log that is gone is all that a power cut may leave of this.
  await syncFolderOf(file);
  await rename(fresh, file);
  await syncFolderOf(file);
  return isKept;
}

/**
 * A second name for the same bytes, or a copy where the file system has no such names. False: there
 * is no such file.
 */
async function keep(file: string, aside: string): Promise<boolean> {
  try {
    await link(file, aside);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return false;
    if (!NO_LINKS.has(code)) throw error;
    await copyFile(file, aside);
    await syncFile(aside);
    return true;
  }
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
