import { DatabaseSync } from '@photostructure/sqlite';

/** Gives the ownership back. Idempotent. */
export type ReleaseOwnership = () => void;

/**
 * Takes `<file>.lock` for this process: an exclusive transaction on an empty database, held until it is given back or the
 * process ends, however it ends. Throws the driver's error: SQLITE_BUSY while somebody else has it.
 */
export function ownFile(file: string): ReleaseOwnership {
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    // A read-only file would grant "exclusive" to everyone; setting the version needs a lock that is really held for writing.
    lock.exec('pragma journal_mode = memory; begin exclusive; pragma user_version = 1');
  } catch (error) {
    lock.close();
    throw error;
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}
