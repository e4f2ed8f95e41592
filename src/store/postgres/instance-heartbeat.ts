import { sql } from 'kysely';
import { repeat, type Clock } from '../../runtime/clock.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { InstanceId, SqlEngine } from '../sql/sql-engine.ts';

/** The sign of life of one instance among several, and how it learns the database's time. */
export interface InstanceHeartbeat {
  /** Takes the sign of life back, so that others need not wait for its end. */
  stop(): Promise<void>;
}

export interface InstanceHeartbeatParts {
  readonly engine: SqlEngine;
  readonly instance: InstanceId;
  readonly databaseClock: DatabaseClock;
  readonly timers: Clock;
  readonly monotonic: () => number;
}

/** How often an instance says that it lives. */
const BEAT_MS = 3000;

/** How long it counts as alive after saying so: four beats may be missed. */
const ALIVE_MS = 15_000;

/** Beats at the start, at most, until the database's time is known so exactly. */
const FIRST_BEATS = 30;
const EXACT_MS = 5;

/** How long the row of an instance that ended is kept. */
const FORGET_MS = 24 * 60 * 60 * 1000;

/**
 * Says that this instance lives, and goes on saying so. Rejects with what the store throws when it
 * cannot the first time.
 */
export async function startInstanceHeartbeat(
  parts: InstanceHeartbeatParts,
): Promise<InstanceHeartbeat> {
  const { engine, instance, databaseClock, timers, monotonic } = parts;
  const { db, dialect } = engine;

  /** Resolves to how wrong the clock may be after it, in ms. */
  const beat = async (): Promise<number> => {
    const now = dialect.now();
    const askedAt = monotonic();
    const said = await sql<{ readonly now: number }>`
      insert into instance (id, alive_until) values (${instance}, ${now} + ${ALIVE_MS})
      on conflict (id) do update set alive_until = excluded.alive_until
      returning alive_until - ${ALIVE_MS} as now`.execute(db);
    const [row] = said.rows;
    return row === undefined ? Infinity : databaseClock.learn(row.now, askedAt, monotonic());
  };
  // The first ones wait for a connection and a process that is still starting, and say little about
  // the time.
  for (let count = 0; count < FIRST_BEATS; count += 1) {
    if ((await beat()) <= EXACT_MS) break;
  }
  await sql`delete from instance where alive_until < ${dialect.now()} - ${FORGET_MS}`.execute(db);
  const stopBeating = repeat({
    clock: timers,
    everyMs: BEAT_MS,
    work: beat,
    // The engine has logged it; the next beat may get through.
    onError: () => undefined,
  });
  return {
    async stop() {
      stopBeating();
      await sql`delete from instance where id = ${instance}`.execute(db).catch(() => undefined);
    },
  };
}
