import { dirname } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { makeFolder } from '../../runtime/files/make-folder.ts';
import { runBackwards } from '../../runtime/run-backwards.ts';
import { migrate } from '../sql/schema/migrations.ts';
import type { SqlEngine } from '../sql/sql-engine.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import { openSqliteConnection, type SqliteConnection } from './sqlite-connection.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import { sqliteOpenError } from './sqlite-open-error.ts';
import { ownFile } from './file-lock.ts';
import { locateFile, mustBeThere, openSound } from './sqlite-file.ts';
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
    const file = await locateFile(path);
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

/** The file is ours alone, so a lease that still runs was taken by a process that has ended. */
async function freeLeases({ db }: SqlEngine): Promise<void> {
  await sql`
    update job set lease_until = 0, lease_owner = null
    where lease_owner is not null and lease_until > 0`.execute(db);
}
