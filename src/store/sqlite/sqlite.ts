import { access, open, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../../runtime/clock.ts';
import { codeOf } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import { makeFolder } from '../../runtime/make-folder.ts';
import { runBackwards } from '../../runtime/run-backwards.ts';
import { migrate } from '../sql/schema/migrations.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { openError, sqliteOpenError } from './sqlite-open-error.ts';
import { OWNER_ONLY, ownFile } from './file-lock.ts';
import { sqlitePathOf } from './sqlite-path.ts';
import type { Store } from '../store.ts';

/** What a SQLite store is opened with. */
export interface SqliteStoreOptions {
  /**
   * `file:` and a path, relative to the working directory or absolute. The folder is made when it
   * is missing.
   */
  readonly url: string;
  /** Says what time it is for due jobs, leases and records. */
  readonly clock: Clock;
  readonly log: Log;
  /**
   * For a tool beside the process that owns the file: takes nothing from that one, and makes
   * nothing. Default: false.
   */
  readonly beside?: boolean;
  /** Opens the file; `openSqliteConnection` unless given. */
  readonly connect?: (file: string) => SqliteConnection;
}

/**
 * Opens the store in a file that this process then owns, making or migrating it as needed. Throws
 * StoreOpenError. Statements block the process while they run.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { url, clock, log, beside = false, connect = openSqliteConnection } = options;
  const path = sqlitePathOf(url);
  const undo: (() => void)[] = [];
  try {
    if (beside) await mustBeThere(path);
    else await makeFolder(dirname(path));
    const file = await locate(path);
    if (!beside) undo.push(ownFile(file));
    const connection = await openSound(file, connect);
    undo.push(() => connection.close());
    const engine = sqliteEngine(connection, clock, log);
    const store = createSqlStore(engine, await migrate(engine, file));
    if (!beside) await freeLeases(engine);
    return { ...store, close: () => runBackwards(undo) };
  } catch (error) {
    await runBackwards(undo);
    throw sqliteOpenError(path, error);
  }
}

async function mustBeThere(path: string): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    throw codeOf(error) === 'ENOENT' ? openError('MISSING', path, error) : error;
  }
}

/** The file's one real path, so that two names of one file share one lock. */
async function locate(path: string): Promise<string> {
  const inFolder = join(await realpath(dirname(path)), basename(path));
  return realpath(inFolder).catch(() => inFolder);
}

async function openSound(
  file: string,
  connect: (file: string) => SqliteConnection,
): Promise<SqliteConnection> {
  // Tells why a file cannot be written to more exactly than SQLite does.
  await (await open(file, 'a', OWNER_ONLY)).close();
  const connection = connect(file);
  if (!isSound(connection)) {
    connection.close();
    throw openError('CORRUPT', file);
  }
  return connection;
}

function isSound(connection: SqliteConnection): boolean {
  try {
    const [first] = connection.all<{ quick_check: string }>('pragma quick_check(1)', []);
    return first?.quick_check === 'ok';
  } catch {
    return false;
  }
}

/** The file is ours alone, so a lease that still runs was taken by a process that has ended. */
async function freeLeases({ db }: SqlEngine): Promise<void> {
  await sql`
    update job set lease_until = 0, lease_owner = null
    where lease_owner is not null and lease_until > 0`.execute(db);
}
