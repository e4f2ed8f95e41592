import { sql } from 'kysely';
import type { Pool } from 'pg';
import type { Clock } from '../../../runtime/clock.ts';
import type { Log } from '../../../runtime/log.ts';
import { runBackwards } from '../../../runtime/run-backwards.ts';
import { BackupError } from '../../backup-error.ts';
import { mustBeUsable } from '../../sql/schema/migrations.ts';
import type { SqlEngine } from '../../sql/sql-engine.ts';
import { lossOf, type PreparedRestore } from '../../sql/backup/restore-loss.ts';
import { beginTimeline, readTimeline, type Timeline } from '../../sql/backup/restore-timeline.ts';
import { StoreOpenError } from '../../store-open-error.ts';
import { createOutageLog } from '../outage-log.ts';
import { postgresEngine } from '../postgres-engine.ts';
import { placeOf, postgresOpenError } from '../postgres-open-error.ts';
import { createPostgresPool, patient, readPostgresUrl } from '../postgres-pool.ts';

/** What is restored in the place of what. */
export interface PostgresRestoreOptions {
  /** The present database, as for a store. */
  readonly url: string;
  /** The database that pg_restore has filled. */
  readonly from: string;
  readonly clock: Clock;
  /** Milliseconds since some moment, never set back. */
  readonly monotonic: () => number;
}

/** What goes wrong is thrown in words for the operator. */
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

interface Opened {
  readonly engine: SqlEngine;
  readonly pool: Pool;
  readonly place: string;
}

/**
 * Compares a database that `pg_restore` has filled with the present one, on neither of which an
 * instance may work. `commit` makes it a timeline of its own; it is the operator who names it in
 * DATABASE_URL from then on. Throws BackupError and StoreOpenError.
 */
export async function preparePostgresRestore(
  options: PostgresRestoreOptions,
): Promise<PreparedRestore> {
  const undo: (() => Promise<void>)[] = [];
  const open = (url: string): Opened => {
    const { clock, monotonic } = options;
    const failures = createOutageLog({ log: quiet, monotonic });
    const pool = createPostgresPool({
      address: readPostgresUrl(url),
      patience: patient,
      bounded: false,
      onIdleError: () => undefined,
    });
    const engine = postgresEngine({ pool, patience: patient, clock, failures });
    undo.push(() => engine.close());
    return { engine, pool, place: placeOf(url) };
  };
  try {
    const restored = open(options.from);
    const backup = await readRestored(restored);
    const present = await readPresent(() => open(options.url), restored);
    return {
      loss: lossOf(present, backup),
      async commit() {
        await beginTimeline(restored.engine);
        return null;
      },
      close: () => runBackwards(undo),
    };
  } catch (error) {
    await runBackwards(undo);
    throw error;
  }
}

async function readRestored(restored: Opened): Promise<Timeline> {
  const { engine, pool, place } = restored;
  try {
    await pool.query('select 1');
  } catch (error) {
    throw new BackupError(
      'NO_BACKUP',
      `The restored database at ${place} cannot be read. ${postgresOpenError(place, error).message}`,
      error,
    );
  }
  try {
    await mustBeUsable(engine, place);
    await mustBeIdle(restored);
    return await readTimeline(engine);
  } catch (error) {
    if (error instanceof StoreOpenError || error instanceof BackupError) throw error;
    const message = `The database at ${place} has no tables of this gateway that can be read. Fill it with pg_restore first.`;
    throw new BackupError('NOT_A_BACKUP', message, error);
  }
}

/** Null: it cannot be read, or it is not there. */
async function readPresent(openIt: () => Opened, restored: Opened): Promise<Timeline | null> {
  try {
    const present = openIt();
    const [it, other] = [await identityOf(present), await identityOf(restored)];
    if (it === other) {
      throw new BackupError(
        'SAME_DATABASE',
        `${restored.place} is the present database itself, as DATABASE_URL names it. Fill another one with pg_restore, and name that.`,
      );
    }
    await mustBeIdle(present);
    return await readTimeline(present.engine);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    return null;
  }
}

/** The same for two names of one database: of one schema in one running server. */
async function identityOf({ pool }: Opened): Promise<string> {
  const { rows } = await pool.query<{ readonly identity: string }>(`
    select concat_ws(' ', pg_postmaster_start_time(), pg_database.oid, current_schema()) as identity
    from pg_database where datname = current_database()`);
  return rows[0]?.identity ?? '';
}

/** What an instance buys after the look would be forgotten. */
async function mustBeIdle({ engine, place }: Opened): Promise<void> {
  const { db, dialect } = engine;
  const alive = await sql`select id from instance where alive_until > ${dialect.now()}`.execute(db);
  if (alive.rows.length === 0) return;
  const message = `${alive.rows.length} of the gateway's instances work on the database at ${place}. Stop them first; one that was killed counts for 15 seconds.`;
  throw new BackupError('IN_USE', message);
}
