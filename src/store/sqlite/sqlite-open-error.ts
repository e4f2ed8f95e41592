import { dirname } from 'node:path';
import { type StoreOpenCode, StoreOpenError } from '../store-open-error.ts';

/** What can be wrong with a file; migrations.ts tells of a newer version. */
type FileCode = Exclude<StoreOpenCode, 'NEWER_VERSION'>;

/**
 * SQLite's result codes that say why a file could not be opened (https://sqlite.org/rescode.html).
 */
const SQLITE_CODES: ReadonlyMap<unknown, FileCode> = new Map<unknown, FileCode>([
  [5, 'IN_USE'], // SQLITE_BUSY
  [8, 'READ_ONLY'], // SQLITE_READONLY
  [11, 'CORRUPT'], // SQLITE_CORRUPT
  [14, 'READ_ONLY'], // SQLITE_CANTOPEN: the folder is there by now, so a file in it could not be made
  [26, 'CORRUPT'], // SQLITE_NOTADB
]);

const SYSTEM_CODES: ReadonlyMap<unknown, FileCode> = new Map<unknown, FileCode>([
  ['EACCES', 'READ_ONLY'],
  ['EPERM', 'READ_ONLY'],
  ['EROFS', 'READ_ONLY'],
]);

/**
 * What opening `file` failed with, as the operator is to read it. A StoreOpenError is returned as
 * it is.
 */
export function sqliteOpenError(file: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  return openError(fileCodeOf(error), file, error);
}

function fileCodeOf(error: unknown): FileCode {
  if (!(error instanceof Error)) return 'CANNOT_OPEN';
  const sqlite = 'errcode' in error ? SQLITE_CODES.get(error.errcode) : undefined;
  const system = 'code' in error ? SYSTEM_CODES.get(error.code) : undefined;
  return sqlite ?? system ?? 'CANNOT_OPEN';
}

/** An error with the sentence for its code. */
export function openError(code: FileCode, file: string, cause?: unknown): StoreOpenError {
  return new StoreOpenError(code, SENTENCES[code](file), cause);
}

const SENTENCES: Readonly<Record<FileCode, (file: string) => string>> = {
  MISSING: (file) =>
    `There is no database at ${file} yet. The gateway makes it at its first start, where DATABASE_URL says.`,
  IN_USE: (file) =>
    `Another process has the database ${file}. One process serves one file: stop the other one, ` +
    'give this one its own file in DATABASE_URL, or use postgres:// for several instances.',
  CORRUPT: (file) =>
    `The file ${file} is damaged or is no database of this gateway. Restore it from a backup (npm run restore), ` +
    'or move it away to start with an empty one: idempotency keys in it are then forgotten.',
  READ_ONLY: (file) =>
    `The database ${file} cannot be written to. Give this process write access to the folder ${dirname(file)}, to the file ` +
    'and to the .lock, -wal and -shm files beside it, or point DATABASE_URL elsewhere.',
  CANNOT_OPEN: (file) =>
    `The database ${file} cannot be opened. DATABASE_URL must be file: and a path on a local disk with room, ` +
    'such as file:./data/gateway.db.',
};
