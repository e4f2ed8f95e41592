import { randomUUID } from 'node:crypto';
import { Client, DatabaseError, type Pool } from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { runBackwards } from '../../runtime/run-backwards.ts';
import { sharedStore } from '../decorators/shared-store.ts';
import { createDatabaseClock } from './database-clock.ts';
import { createOutageLog } from './outage-log.ts';
import { migrate } from '../sql/schema/migrations.ts';
import { postgresEngine } from './postgres-engine.ts';
import { placeOf, postgresOpenError } from './postgres-open-error.ts';
import {
  createPostgresPool,
  impatient,
  patient,
  readPostgresUrl,
  type PostgresPatience,
  type PostgresPoolOptions,
} from './postgres-pool.ts';
import { startInstanceHeartbeat } from './instance-heartbeat.ts';
import { startPostgresWakeUps } from './postgres-wake-ups.ts';
import { createSqlStore } from '../sql/sql-store.ts';
import type { Store } from '../store.ts';

/** How pgbouncer refuses what it does not know in the first message of a connection. */
const PROTOCOL_VIOLATION = '08P01';

/** What a Postgres store is opened with. */
export interface PostgresStoreOptions {
  /** `postgres://…`, TLS options in its query. */
  readonly url: string;
  /** For timers alone: what time it is, the database says. */
  readonly timers: Clock;
  /** Milliseconds since some moment, never set back. */
  readonly monotonic: () => number;
  readonly log: Log;
  /** How long the work waits before it takes the database for away; `impatient` unless given. */
  readonly patience?: PostgresPatience;
  /** What the work's connections are made with; the driver's own unless given. */
  readonly Connection?: typeof Client;
}

/**
 * Opens the store in a database that any number of instances share, making or migrating the tables
 * as needed. Throws StoreOpenError.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, timers, monotonic, log, patience = impatient, Connection = Client } = options;
  const place = placeOf(url);
  const stops: (() => Promise<void>)[] = [];
  const failures = createOutageLog({ log, monotonic });
  try {
    const address = readPostgresUrl(url);
    const connections = {
      address,
      patience,
      Connection,
      onIdleError: failures.connectionBroke,
    };
    const databaseClock = createDatabaseClock({ timers, monotonic });
    const { clock } = databaseClock;
    const migrator = createPostgresPool({ ...connections, patience: patient, bounded: false });
    const migrating = postgresEngine({ pool: migrator, patience: patient, clock, failures });
    stops.push(() => migrating.close());
    // Asked past the engine, which keeps from its callers why a database cannot be reached.
    await migrator.query('select 1');
    const id = await migrate(migrating, place);
    await migrating.close();
    const pool = await openPool(connections, log);
    const engine = postgresEngine({ pool, patience, clock, failures });
    stops.push(() => engine.close());
    const instance = randomUUID();
    const heartbeat = await startInstanceHeartbeat({
      engine,
      instance,
      databaseClock,
      timers,
      monotonic,
    });
    stops.push(() => heartbeat.stop());
    const wakeUps = startPostgresWakeUps({
      address,
      engine,
      storeId: id,
      instance,
      timers,
      monotonic,
      log,
    });
    stops.push(() => wakeUps.stop());
    const sqlStore = createSqlStore(engine, id, instance);
    let closed: Promise<void> | null = null;
    return {
      ...sharedStore(sqlStore, wakeUps, timers),
      close: () => (closed ??= runBackwards(stops)),
    };
  } catch (error) {
    await runBackwards(stops);
    // In its own words to the log alone, which is kept clean of secrets.
    if (error instanceof DatabaseError) failures.statementFailed(error);
    throw postgresOpenError(place, error);
  }
}

/** A pool whose connections the server bounds, if what stands between lets it. */
async function openPool(
  connections: Omit<PostgresPoolOptions, 'bounded'>,
  log: Log,
): Promise<Pool> {
  const bounded = createPostgresPool({ ...connections, bounded: true });
  try {
    await bounded.query('select 1');
    return bounded;
  } catch (error) {
    await bounded.end();
    const refusesBounds = error instanceof DatabaseError && error.code === PROTOCOL_VIOLATION;
    if (!refusesBounds) throw error;
    log.warn(
      {},
      'A pooler refuses statement_timeout for whole connections: only transactions have it. Set it for the database user (alter role).',
    );
    return createPostgresPool({ ...connections, bounded: false });
  }
}
