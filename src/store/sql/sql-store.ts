import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { accountVerbs } from './sql-store-accounts.ts';
import { callbackVerbs } from './sql-store-webhooks.ts';
import type { SqlEngine } from './sql-engine.ts';
import { jobVerbs } from './sql-store-jobs.ts';
import { purchaseVerbs } from './sql-store-purchases.ts';
import { scheduleVerbs } from './sql-store-schedule.ts';
import type { Owner } from './instance-id.ts';
import type { Store } from '../store.ts';
import { noWakeUps } from '../wake-ups.ts';

/**
 * The store on any SQL engine whose tables are up to date; `id` is what `migrate` resolved to. A plain object: wrap it by
 * spreading it and replacing verbs. It is for a database that this process has alone, unless told otherwise that way.
 * `owner`: how it signs what it takes.
 */
export function createSqlStore(engine: SqlEngine, id: string, owner: Owner = randomUUID()): Store {
  const jobs = jobVerbs(engine);
  return {
    id,
    clock: engine.clock,
    isShared: false,
    wakeUps: noWakeUps,
    ...jobs,
    // An engine in this process is never away.
    recallJobs: (keys) => jobs.readJobs(keys),
    ...scheduleVerbs(engine, owner),
    ...purchaseVerbs(engine, owner),
    ...callbackVerbs(engine, owner),
    ...accountVerbs(engine),

    async check() {
      await sql`update meta set checked_at = ${engine.dialect.now()} returning store_id`.execute(
        engine.db,
      );
    },

    close: () => engine.close(),
  };
}
