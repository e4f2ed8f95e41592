import { LRUCache } from 'lru-cache';
import { isFinal, type Job, type JobKey, jobKeyText, type TeamId } from '../../domain/job.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
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
   * The same for a query, which is for what is known. A known job is told as it is known where it
   * is due for no longer than polling may come late, where the account's budget lets no read start
   * now, or where the read takes longer than a tenth of a second. The read is begun all the same,
   * goes on, and whoever watches is told of it.
   */
  findSoon(key: JobKey): Promise<Job | null>;
  /**
   * What either would answer without asking anybody: the job is in memory, and has ended or need
   * not be looked at yet. Null: it is not.
   */
  recent(key: JobKey): Job | null;
  /**
   * The job as this process knows it, where nobody else writes the store. Null: it has to be read
   * there.
   */
  recall(key: JobKey): StoredJob | null;
  /** The same, however long ago: the command line may have written since. */
  lastKnown(key: JobKey): StoredJob | null;
  /**
   * How long after one look at a job that somebody watches the next one should come, in
   * milliseconds.
   */
  lookWithinMs(stored: StoredJob): number;
}

export interface JobLookupParts {
  readonly store: JobStore & RememberedStore;
  readonly reader: JobReader;
  /** Whether a read of the team's account may start now. */
  readonly hasRoom: (team: TeamId) => boolean;
  readonly clock: Clock;
  readonly pace: PollPace;
  /** How late polling may come to a job that is due, in milliseconds. */
  readonly graceMs: number;
}

/** The longest that a query waits for a read of a job that is known, in milliseconds. */
const SOON_MS = 100;

/** How many ids that AKOOL denied are remembered, for one shortest interval each. */
const REMEMBERED_DENIALS = 10_000;

/**
 * AKOOL's ids are 24 hexadecimal digits; anything of another alphabet or length need not be asked
 * for.
 */
const PLAUSIBLE_ID = /^[\w-]{1,64}$/;

interface Look {
  /** Null: nothing is known of it yet. */
  readonly known: StoredJob | null;
  /** Null: it need not be read. */
  readonly reading: Promise<Job | null> | null;
}

/** No jitter: one query cannot stampede. */
const NO_JITTER = (): number => 0.5;

export function createJobLookup(parts: JobLookupParts): JobLookup {
  const { store, reader, hasRoom, clock, pace, graceMs } = parts;
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
  const isFresh = (stored: StoredJob, graceMs = 0): boolean =>
    isFinal(stored.job.status) || clock.now() < nextLookAt(stored) + graceMs;

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

  /** Tells the job as we know it when AKOOL cannot, or the store went away meanwhile. */
  const readKnown = async (key: JobKey, known: Job): Promise<Job> => {
    try {
      return (await reader.read(key)) ?? known;
    } catch (error) {
      if (error instanceof UpstreamError || error instanceof StoreUnavailableError) return known;
      throw error;
    }
  };

  const look = async (key: JobKey): Promise<Look> => {
    const remembered = memory.recall(key);
    if (remembered !== null && isFresh(remembered)) return { known: remembered, reading: null };
    const [known] = await store.recallJobs([key]);
    if (known === undefined) return { known: null, reading: findUnknown(key) };
    memory.learn(known);
    return { known, reading: isFresh(known) ? null : readKnown(key, known.job) };
  };

  return {
    lookWithinMs,
    recent,
    recall: (key) => (store.isShared ? null : memory.recall(key)),
    lastKnown: (key) => (store.isShared ? null : memory.lastKnown(key)),
    async find(key) {
      const { known, reading } = await look(key);
      return reading ?? known?.job ?? null;
    },
    async findSoon(key) {
      // Looked at first: the read itself takes a place.
      const mayWait = hasRoom(key.team);
      const { known, reading } = await look(key);
      if (known === null || reading === null) return reading ?? known?.job ?? null;
      const waits = mayWait && !isFresh(known, graceMs);
      const latest = (): Job => memory.recall(key)?.job ?? known.job;
      return inTime(reading, waits ? SOON_MS : 0, latest, clock);
    },
  };
}

/** What `promise` resolves to, or what is known after so many milliseconds. Rejects as it does. */
function inTime(
  promise: Promise<Job | null>,
  milliseconds: number,
  known: () => Job,
  clock: Clock,
): Promise<Job | null> {
  return new Promise((resolve, reject) => {
    if (milliseconds === 0) resolve(known());
    let cancel: CancelTimer = () => {};
    // In two halves: what came while the process was busy for as long is heard before the second.
    const half = milliseconds / 2;
    cancel = clock.after(half, () => {
      cancel = clock.after(half, () => resolve(known()));
    });
    promise.then(resolve, reject).finally(() => cancel());
  });
}
