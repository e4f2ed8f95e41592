import { LRUCache } from 'lru-cache';
import { isFinal, type Job, type JobKey, jobKeyText } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { JobStore, StoredJob } from '../../store/job-store.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import { createJobMemory, type RememberedStore } from './job-memory.ts';
import type { JobReader } from './job-reader.ts';
import { pollInterval, type PollPace } from './schedule.ts';

/**
 * Finds a job for somebody who asks. What has ended is told from the store; what is live is read
 * from AKOOL, unless that was done within the job's polling interval, by whichever instance, or is
 * being done right now. When AKOOL cannot tell, or the store went away meanwhile, a job we know is
 * told as we know it.
 */
export interface JobLookup {
  /**
   * Null: unknown. Throws UpstreamError only for a job of which nothing is known, and what the
   * store throws.
   */
  find(key: JobKey): Promise<Job | null>;
  /**
   * What `find` would answer without asking anybody: the job is in memory, and has ended or need
   * not be looked at yet. Null: it is not.
   */
  recent(key: JobKey): Job | null;
  /**
   * The job as this process knows it, where nobody else writes the store. Null: it has to be read
   * there.
   */
  recall(key: JobKey): StoredJob | null;
  /**
   * How long after one look at a job that somebody watches the next one should come, in
   * milliseconds.
   */
  lookWithinMs(stored: StoredJob): number;
}

export interface JobLookupParts {
  readonly store: JobStore & RememberedStore;
  readonly reader: JobReader;
  readonly clock: Clock;
  readonly pace: PollPace;
}

/** How many ids that AKOOL denied are remembered, for one shortest interval each. */
const REMEMBERED_DENIALS = 10_000;

/**
 * AKOOL's ids are 24 hexadecimal digits; anything of another alphabet or length need not be asked
 * for.
 */
const PLAUSIBLE_ID = /^[\w-]{1,64}$/;

/** No jitter: one query cannot stampede. */
const NO_JITTER = (): number => 0.5;

export function createJobLookup({ store, reader, clock, pace }: JobLookupParts): JobLookup {
  const memory = createJobMemory(store, clock);
  const denied = new LRUCache<string, number>({ max: REMEMBERED_DENIALS });

  const lookWithinMs = ({ schedule }: StoredJob): number => {
    const subject = {
      ageMs: clock.now() - schedule.firstSeenAt,
      failures: schedule.failures,
      isWatched: true,
      hasWebhook: false,
    };
    return pollInterval(subject, pace, NO_JITTER);
  };
  const nextLookAt = (stored: StoredJob): number =>
    Math.max(stored.job.observedAt, stored.schedule.readAt ?? 0) + lookWithinMs(stored);
  const isFresh = (stored: StoredJob): boolean =>
    isFinal(stored.job.status) || clock.now() < nextLookAt(stored);

  const findUnknown = async (key: JobKey): Promise<Job | null> => {
    const text = jobKeyText(key);
    if (!PLAUSIBLE_ID.test(key.id) || (denied.get(text) ?? 0) > clock.now()) return null;
    const job = await reader.read(key);
    if (job === null) denied.set(text, clock.now() + pace.minMs);
    return job;
  };

  const recent = (key: JobKey): Job | null => {
    const stored = memory.recall(key);
    return stored !== null && isFresh(stored) ? stored.job : null;
  };

  return {
    lookWithinMs,
    recent,
    recall: (key) => (store.isShared ? null : memory.recall(key)),
    async find(key) {
      const atHand = recent(key);
      if (atHand !== null) return atHand;
      const [stored] = await store.recallJobs([key]);
      if (stored === undefined) return findUnknown(key);
      memory.learn(stored);
      if (isFresh(stored)) return stored.job;
      try {
        return (await reader.read(key)) ?? stored.job;
      } catch (error) {
        if (error instanceof UpstreamError || error instanceof StoreUnavailableError)
          return stored.job;
        throw error;
      }
    },
  };
}
