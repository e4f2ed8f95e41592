import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { jobKeyText } from '../../domain/job.ts';
import { createSignal } from '../../runtime/signal.ts';
import { copyVerbs } from './media/sql-store-copies.ts';
import { uploadVerbs } from './media/sql-store-uploads.ts';
import { accountVerbs } from './sql-store-accounts.ts';
import { webhookVerbs } from './sql-store-webhooks.ts';
import type { SqlEngine } from './sql-engine.ts';
import { jobVerbs } from './sql-store-jobs.ts';
import { purchaseVerbs } from './sql-store-purchases.ts';
import { scheduleVerbs } from './sql-store-schedule.ts';
import type { Owner } from './instance-id.ts';
import type { Store } from '../store.ts';
import type { WrittenJob } from '../job-store.ts';
import { noWakeUps } from '../wake-ups.ts';

/**
 * The store on any SQL engine whose tables are up to date; `id` is what `migrate` resolved to. A plain object: wrap it by
 * spreading it and replacing verbs. It is for a database that this process has alone, unless told otherwise that way.
 * `owner`: how it signs what it takes.
 */
export function createSqlStore(engine: SqlEngine, id: string, owner: Owner = randomUUID()): Store {
  const jobs = jobVerbs(engine);
  const purchases = purchaseVerbs(engine, owner);
  const jobsWritten = createSignal<readonly WrittenJob[]>();
  return {
    id,
    clock: engine.clock,
    isShared: false,
    wakeUps: noWakeUps,
    jobsWritten,
    ...jobs,
    // An engine in this process is never away.
    recallJobs: (keys) => jobs.readJobs(keys),
    ...scheduleVerbs(engine, owner),
    ...purchases,
    ...webhookVerbs(engine, owner),
    ...accountVerbs(engine),
    uploads: uploadVerbs(engine),
    copies: copyVerbs(engine, owner, (stored) => {
      jobsWritten.emit([{ stored, isNewVersion: true }]);
    }),

    async writeJobs(writes) {
      const written = await jobs.writeJobs(writes);
      const seen = new Map(writes.map(({ job, seenVersion }) => [jobKeyText(job), seenVersion]));
      jobsWritten.emit(
        written.map((stored) => {
          const isNewVersion = stored.job.version !== seen.get(jobKeyText(stored.job));
          return { stored, isNewVersion };
        }),
      );
      return written;
    },
    async movePurchase(...args) {
      const moved = await purchases.movePurchase(...args);
      if (moved?.job) jobsWritten.emit([{ stored: moved.job, isNewVersion: true }]);
      return moved;
    },
    async adoptJob(accepted) {
      const adopted = await purchases.adoptJob(accepted);
      jobsWritten.emit([{ stored: adopted, isNewVersion: true }]);
      return adopted;
    },

    async check() {
      await sql`update meta set checked_at = ${engine.dialect.now()} returning store_id`.execute(
        engine.db,
      );
    },

    close: () => engine.close(),
  };
}
