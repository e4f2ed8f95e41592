import { access, copyFile, chmod, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../../../runtime/clock.ts';
import { codeOf } from '../../../runtime/errors.ts';
import type { Log } from '../../../runtime/log.ts';
import { makeFolder } from '../../../runtime/files/make-folder.ts';
import { runBackwards } from '../../../runtime/run-backwards.ts';
import { BackupError } from '../../backup-error.ts';
import { mustBeUsable } from '../../sql/schema/migrations.ts';
import type { SqlEngine } from '../../sql/sql-engine.ts';
import { lossOf, type PreparedRestore } from '../../sql/backup/restore-loss.ts';
import { beginTimeline, readTimeline, type Timeline } from '../../sql/backup/restore-timeline.ts';
import { StoreOpenError } from '../../store-open-error.ts';
import { StoreUnavailableError } from '../../store.ts';
import { OWNER_ONLY, ownFile } from '../file-lock.ts';
import { openSqliteConnection, type SqliteConnection } from '../sqlite-connection.ts';
import { sqliteEngine } from '../sqlite-engine.ts';
import { locateFile, openSound } from '../sqlite-file.ts';
import { openError, sqliteOpenError } from '../sqlite-open-error.ts';
import { sqlitePathOf } from '../sqlite-path.ts';
import { syncFile } from '../../../runtime/files/sync-file.ts';
import { SIDE_FILES } from './side-files.ts';
import { replaceFile } from './replace-file.ts';

/** What is restored where. */
export interface SqliteRestoreOptions {
  /** The database, as for a store: `file:` and a path. */
  readonly url: string;
  /** A backup: the path of a database file, with its -wal file beside it where it has one. */
  readonly from: string;
  readonly clock: Clock;
}

/** What goes wrong is thrown in words for the operator. */
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Compares a backup with the present database, which this process owns from then on, as a gateway
 * does: while one runs, this throws StoreOpenError (IN_USE). The backup itself is only read. Throws
 * StoreOpenError (the database, and NEWER_VERSION for a backup that is too new) and BackupError
 * (the backup).
 */
export async function prepareSqliteRestore(
  options: SqliteRestoreOptions,
): Promise<PreparedRestore> {
  const { url, from, clock } = options;
  const path = sqlitePathOf(url);
  const undo: (() => void | Promise<void>)[] = [];
  try {
    await makeFolder(dirname(path));
    const file = await locateFile(path);
    undo.push(ownFile(file));
    const fresh = `${file}.restoring`;
    undo.push(() => removeAll(fresh));
    await copyBackup(resolve(from), file, fresh);
    const backup = await readBackup(fresh, resolve(from), clock);
    const present = (await exists(file)) ? await readPresent(file, clock) : null;
    return {
      loss: lossOf(present, backup),
      async commit() {
        await withEngine(fresh, clock, beginTimeline);
        await syncFile(fresh);
        const aside = `${file}.replaced-${new Date(clock.now()).toISOString().replaceAll(':', '-')}`;
        return (await replaceFile(fresh, file, aside)) ? aside : null;
      },
      close: () => runBackwards(undo),
    };
  } catch (error) {
    await runBackwards(undo);
    throw error instanceof BackupError ? error : sqliteOpenError(path, error);
  }
}

/** Beside the database, since only within a disk a file gets its name at once. */
async function copyBackup(from: string, file: string, fresh: string): Promise<void> {
  await removeAll(fresh);
  const own = ['', '.lock', ...SIDE_FILES].map((suffix) => `${file}${suffix}`);
  if (own.includes(await locateFile(from).catch(() => from))) {
    throw new BackupError('SAME_DATABASE', `${from} is the database itself. Name a backup of it.`);
  }
  try {
    await copyFile(from, fresh);
    await chmod(fresh, OWNER_ONLY);
  } catch (error) {
    throw backupError(from, error);
  }
  // Of a file that was copied as it lay there, the latest changes are in it.
  await copyFile(`${from}-wal`, `${fresh}-wal`).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw backupError(from, error);
  });
}

async function readBackup(fresh: string, from: string, clock: Clock): Promise<Timeline> {
  try {
    return await withEngine(fresh, clock, async (engine) => {
      await mustBeUsable(engine, from);
      return readTimeline(engine);
    });
  } catch (error) {
    if (error instanceof StoreOpenError && error.code === 'NEWER_VERSION') throw error;
    throw new BackupError(
      'NOT_A_BACKUP',
      `${from} is damaged, or no backup of this gateway's database. Take another one.`,
      error,
    );
  }
}

/** Null: it is damaged, or not the gateway's. Otherwise its log is empty afterwards. */
async function readPresent(file: string, clock: Clock): Promise<Timeline | null> {
  let connection: SqliteConnection;
  try {
    connection = await openSound(file, openSqliteConnection);
  } catch (error) {
    if (sqliteOpenError(file, error).code === 'CORRUPT') return null;
    throw error;
  }
  const engine = sqliteEngine(connection, clock, quiet);
  try {
    const timeline = await readTimeline(engine);
    const [done] = connection.all<{ busy: number }>('pragma wal_checkpoint(truncate)', []);
    if (done?.busy !== 0) throw openError('IN_USE', file);
    return timeline;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return null;
    throw error;
  } finally {
    await engine.close();
  }
}

/** Works on the copy, which is one file without a log again afterwards. */
async function withEngine<Result>(
  fresh: string,
  clock: Clock,
  work: (engine: SqlEngine) => Promise<Result>,
): Promise<Result> {
  const connection = await openSound(fresh, openSqliteConnection);
  const engine = sqliteEngine(connection, clock, quiet);
  try {
    const result = await work(engine);
    connection.all('pragma journal_mode = delete', []);
    return result;
  } finally {
    await engine.close();
  }
}

function backupError(from: string, error: unknown): BackupError {
  return codeOf(error) === 'ENOENT'
    ? new BackupError('NO_BACKUP', `There is no backup at ${from}.`, error)
    : new BackupError('NO_BACKUP', `The backup ${from} cannot be read (${codeOf(error)}).`, error);
}

async function removeAll(fresh: string): Promise<void> {
  for (const suffix of ['', ...SIDE_FILES]) await rm(`${fresh}${suffix}`, { force: true });
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
