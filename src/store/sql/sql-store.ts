import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { jobKeyText } from '../../domain/job.ts';
import { createSignal } from '../../runtime/signal.ts';
import { copyVerbs } from './media/copy-verbs.ts';
import { uploadVerbs } from './media/upload-verbs.ts';
import { accountVerbs } from './account-verbs.ts';
import { countVerb } from './count-verb.ts';
import { webhookVerbs } from './webhook-verbs.ts';
import type { InstanceId, SqlEngine } from './sql-engine.ts';
import { jobVerbs } from './jobs/job-verbs.ts';
import { adoptJob, movePurchase } from './purchases/move-purchase.ts';
import { purchaseVerbs } from './purchases/purchase-verbs.ts';
import { scheduleVerbs } from './schedule-verbs.ts';
import type { Store } from '../store.ts';
import type { WrittenJob } from '../job-store.ts';
import { noWakeUps } from '../instance-wake-ups.ts';

/**
 * The store on any SQL engine whose tables are up to date; `id` is what `migrate` resolved to. A
 * plain object: wrap it by spreading it and replacing verbs. It is for a database that this process
 * has alone, unless told otherwise that way. `instance`: how it signs what it takes.
 */
export function createSqlStore(
  engine: SqlEngine,
  id: string,
  instance: InstanceId = randomUUID(),
): Store {
  const jobs = jobVerbs(engine);
  const move = movePurchase(engine);
  const adopt = adoptJob(engine);
  const jobsWritten = createSignal<readonly WrittenJob[]>();
  return {
    id,
    clock: engine.clock,
    isShared: false,
    wakeUps: noWakeUps,
    jobsWritten,
    ...jobs,
    // An engine in this process is never away.
    recallJobs: jobs.readJobs,
    ...scheduleVerbs(engine, instance),
    ...purchaseVerbs(engine, instance),
    ...webhookVerbs(engine, instance),
    ...accountVerbs(engine),
    ...countVerb(engine),
    uploads: uploadVerbs(engine),
    copies: copyVerbs(engine, instance, (stored) => {
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
      const moved = await move(...args);
      if (moved?.job) jobsWritten.emit([{ stored: moved.job, isNewVersion: true }]);
      return moved;
    },
    async adoptJob(accepted) {
      const adopted = await adopt(accepted);
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
