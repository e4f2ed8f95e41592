import { sql } from 'kysely';
import { callbackVerbs } from './sql-store-callbacks.ts';
import type { SqlEngine } from './sql-engine.ts';
import { jobVerbs } from './sql-store-jobs.ts';
import { purchaseVerbs } from './sql-store-purchases.ts';
import { scheduleVerbs } from './sql-store-schedule.ts';
import type { Store } from './store.ts';

/**
 * The store on any SQL engine whose tables are up to date; `id` is what `migrate` resolved to. A plain object: wrap it by
 * spreading it and replacing verbs.
 */
export function createSqlStore(engine: SqlEngine, id: string): Store {
  return {
    id,
    ...jobVerbs(engine),
    ...scheduleVerbs(engine),
    ...purchaseVerbs(engine),
    ...callbackVerbs(engine),

    async check() {
      await sql`update meta set checked_at = ${engine.dialect.now()} returning store_id`.execute(
        engine.db,
      );
    },

    close: () => engine.close(),
  };
}
