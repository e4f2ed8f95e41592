import DataLoader from 'dataloader';
import { jobKeyText, type JobKey } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Store } from '../store.ts';
import type { StoredJob } from '../job-store.ts';

/** The most jobs that one statement reads. */
const JOBS_AT_ONCE = 1000;

/**
 * The store, reading single jobs that are asked for at the same moment in one statement. Thousands
 * of watchers that come back at once would otherwise need a connection each, and most would be
 * turned away.
 */
export function withBatchedReads(store: Store, timers: Clock): Store {
  const jobs = new DataLoader<JobKey, StoredJob | null>(
    async (keys) => {
      const distinct = new Map(keys.map((key) => [jobKeyText(key), key]));
      const found = await store.readJobs([...distinct.values()]);
      const byKey = new Map(found.map((stored) => [jobKeyText(stored.job), stored]));
      return keys.map((key) => byKey.get(jobKeyText(key)) ?? null);
    },
    {
      cache: false,
      maxBatchSize: JOBS_AT_ONCE,
      batchScheduleFn: (run) => void timers.after(0, run),
    },
  );
  return {
    ...store,
    async readJobs(keys) {
      const [key] = keys;
      if (key === undefined || keys.length > 1) return store.readJobs(keys);
      const stored = await jobs.load(key);
      return stored === null ? [] : [stored];
    },
  };
}
