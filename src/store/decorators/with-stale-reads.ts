import { LRUCache } from 'lru-cache';
import { jobKeyText, type JobKey } from '../../domain/job.ts';
import { type Store, StoreUnavailableError } from '../store.ts';
import type { StoredJob } from '../job-store.ts';

/** How many jobs are remembered, the ones seen last. */
const REMEMBERED = 20_000;

/**
 * The store, answering `recallJobs` from memory while its engine is away: jobs in the latest
 * version that this process saw. Where one of the jobs asked for was not seen, nobody can tell
 * whether it exists, so it throws. Nothing else is answered from memory: whoever waits for news
 * must not take an old state for it.
 */
export function withStaleReads(store: Store): Store {
  const memory = new LRUCache<string, StoredJob>({ max: REMEMBERED });

  const remember = (jobs: readonly StoredJob[]): void => {
    for (const stored of jobs) {
      const text = jobKeyText(stored.job);
      const before = memory.get(text)?.job;
      // Answers may overtake each other.
      const isOlder =
        before !== undefined &&
        (before.version > stored.job.version || before.observedAt > stored.job.observedAt);
      if (!isOlder) memory.set(text, stored);
    }
  };
  const remembered =
    <Args extends readonly unknown[], Stored extends StoredJob>(
      verb: (...args: Args) => Promise<Stored[]>,
    ) =>
    async (...args: Args): Promise<Stored[]> => {
      const jobs = await verb(...args);
      remember(jobs);
      return jobs;
    };
  store.jobsWritten.subscribe((written) => remember(written.map(({ stored }) => stored)));
  const readJobs = remembered((keys: readonly JobKey[]) => store.readJobs(keys));

  return {
    ...store,
    readJobs,
    async recallJobs(keys) {
      try {
        return await readJobs(keys);
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        const known = new Map(keys.map((key) => [jobKeyText(key), memory.get(jobKeyText(key))]));
        const jobs = [...known.values()].filter((stored) => stored !== undefined);
        if (jobs.length < known.size) throw error;
        return jobs;
      }
    },
    readChanges: remembered((team, after, limit) => store.readChanges(team, after, limit)),
    readUnfinished: remembered((team) => store.readUnfinished(team)),
    claimDue: remembered((shares, leaseMs) => store.claimDue(shares, leaseMs)),
  };
}
