import { randomUUID } from 'node:crypto';
import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { codeOf } from '../../../runtime/errors.ts';
import { BackupError } from '../../backup-error.ts';
import { StoreOpenError } from '../../store-open-error.ts';
import { OWNER_ONLY } from '../file-lock.ts';
import { locateFile, mustBeThere } from '../sqlite-file.ts';
import { openError, sqliteOpenError } from '../sqlite-open-error.ts';
import { sqlitePathOf } from '../sqlite-path.ts';
import { syncFile, syncFolderOf } from '../../../runtime/files/sync-file.ts';
import { SIDE_FILES } from './side-files.ts';

/** How long the copy waits for a gateway that is just writing its log into the file. */
const BUSY_MS = 10_000;

/** What nobody has written to for so long was left behind by a backup that was killed. */
const LEFT_BEHIND_MS = 60 * 60 * 1000;

/** https://sqlite.org/rescode.html. The first also says that a table is missing. */
const SQLITE_ERROR = 1;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

const PARTIAL = '.partial';

/** What is copied where. */
export interface SqliteBackupOptions {
  /** The database, as for a store: `file:` and a path. */
  readonly url: string;
  /** The file to be made or replaced, whole or not at all. */
  readonly to: string;
}

/** A backup that was made. */
export interface SqliteBackup {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Copies the database as it is at one moment, with what is in its log, beside a gateway that may be
 * running. Resolves once the copy is whole, checked, and on disk; killed before, it leaves what was
 * there. Throws StoreOpenError (the database) and BackupError (the file).
 */
export async function backUpSqlite({ url, to }: SqliteBackupOptions): Promise<SqliteBackup> {
  const path = sqlitePathOf(url);
  const database = await locateDatabase(path);
  const file = resolve(to);
  await mustBeAnother(file, database);
  const partial = `${file}.${randomUUID()}${PARTIAL}`;
  try {
    await removeLeftBehind(file);
    await (await open(partial, 'wx', OWNER_ONLY)).close();
    copyInto(database, partial);
    await syncFile(partial);
    const { size } = await stat(partial);
    await rename(partial, file);
    await syncFolderOf(file);
    return { file, bytes: size };
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof StoreOpenError) throw error;
    throw new BackupError('CANNOT_WRITE', cannotWrite(file, error), error);
  }
}

async function locateDatabase(path: string): Promise<string> {
  try {
    await mustBeThere(path);
    return await locateFile(path);
  } catch (error) {
    throw sqliteOpenError(path, error);
  }
}

/** The database's own names, under whatever path, are no place for its backup. */
async function mustBeAnother(file: string, database: string): Promise<void> {
  const folder = await realpath(dirname(file)).catch(() => dirname(file));
  const real = await realpath(file).catch(() => join(folder, basename(file)));
  const own = ['', '.lock', ...SIDE_FILES].map((suffix) => `${database}${suffix}`);
  if (!own.includes(real)) return;
  const message = `${file} belongs to the database itself. Name another file, best on another disk.`;
  throw new BackupError('SAME_DATABASE', message);
}

/** A read transaction: it blocks no writer, and the copy has no log. */
function copyInto(database: string, partial: string): void {
  let connection: InstanceType<typeof DatabaseSync> | null = null;
  try {
    connection = new DatabaseSync(database, { readOnly: true, timeout: BUSY_MS });
    connection.prepare('select store_id from meta').all();
  } catch (error) {
    connection?.close();
    throw isError(error, SQLITE_ERROR)
      ? openError('CORRUPT', database, error)
      : sqliteOpenError(database, error);
  }
  try {
    connection.prepare('vacuum into ?').run(partial);
  } catch (error) {
    // Nothing else is there that could be damaged.
    const isDamaged = isError(error, SQLITE_CORRUPT) || isError(error, SQLITE_NOTADB);
    throw isDamaged ? openError('CORRUPT', database, error) : error;
  } finally {
    connection.close();
  }
  const copy = new DatabaseSync(partial, { readOnly: true });
  try {
    const [first] = copy.prepare('pragma integrity_check(1)').all();
    if (first?.integrity_check !== 'ok') throw openError('CORRUPT', database);
  } finally {
    copy.close();
  }
}

function isError(error: unknown, code: number): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === code;
}

async function removeLeftBehind(file: string): Promise<void> {
  const folder = dirname(file);
  const before = Date.now() - LEFT_BEHIND_MS;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(file)}.`) || !name.endsWith(PARTIAL)) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (mtimeMs < before) await rm(join(folder, name), { force: true });
  }
}

function cannotWrite(file: string, error: unknown): string {
  const code = isError(error, SQLITE_FULL) ? 'ENOSPC' : codeOf(error);
  const reason = REASONS.get(code) ?? 'It cannot be written there.';
  return `No backup was made at ${file}. ${reason} Name a file in a folder that is there, that this process may write to, and that has room for the database.`;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'Its folder is not there.'],
  ['ENOTDIR', 'Its folder is a file.'],
  ['EISDIR', 'It is a folder.'],
  ['EACCES', 'Its folder cannot be written to.'],
  ['EPERM', 'Its folder cannot be written to.'],
  ['EROFS', 'Its disk is read-only.'],
  ['ENOSPC', 'The disk is full.'],
]);
