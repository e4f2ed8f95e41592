import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from '@photostructure/sqlite';

/**
 * The mode of a new file: nobody else reads what is in it. SQLite gives the -wal and -shm files the
 * mode of their database.
 */
export const OWNER_ONLY = 0o600;

/** Gives the ownership back. Idempotent. */
export type ReleaseOwnership = () => void;

/**
 * Takes `<file>.lock` for this process: an exclusive transaction on an empty database, held until
 * it is given back or the process ends, however it ends. Throws the driver's error: SQLITE_BUSY
 * while somebody else has it.
 */
export function ownFile(file: string): ReleaseOwnership {
  const path = `${file}.lock`;
  makeFile(path);
  const lock = new DatabaseSync(path);
  try {
    // A read-only file would grant "exclusive" to everyone; setting the version needs a lock that
    // is really held for writing.
    lock.exec('pragma journal_mode = memory; begin exclusive; pragma user_version = 1');
  } catch (error) {
    lock.close();
    throw error;
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}

/**
 * Never opens one that is there: closing it again would give away a lock that another store of this
 * process has on it.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', OWNER_ONLY));
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}
