import { LRUCache } from 'lru-cache';
import { jobKeyText, type JobKey } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { JobStore, StoredJob } from '../../store/job-store.ts';
import type { InstanceWakeUps } from '../../store/instance-wake-ups.ts';

/** How many jobs are remembered, the ones asked for last. */
const REMEMBERED = 10_000;

/**
 * How long a job is believed that was not written here since, in milliseconds. Where others write,
 * too, their wake-ups may be lost; beside a process that has the store alone, only the command line
 * writes, and sends none.
 */
const BELIEVED_MS = { shared: 1_000, alone: 10_000 };

/** What this process read or wrote of jobs a moment ago. */
export interface JobMemory {
  /**
   * As the store has it, but for what others wrote there of late and did not tell. Null: not at
   * hand.
   */
  recall(key: JobKey): StoredJob | null;
  /** The same, however long ago that was. */
  lastKnown(key: JobKey): StoredJob | null;
  /** To be told of what the store answered. */
  learn(stored: StoredJob): void;
}

interface Remembered {
  readonly stored: StoredJob;
  readonly at: number;
}

/** What the memory is kept true by. */
export type RememberedStore = Pick<JobStore, 'jobsWritten'> & {
  readonly isShared: boolean;
  readonly wakeUps: InstanceWakeUps;
};

/**
 * Kept true by whatever is written through `store`, and by what other instances tell of their
 * writes. Knows what was asked for, and what was written new.
 */
export function createJobMemory(store: RememberedStore, clock: Clock): JobMemory {
  const believedMs = store.isShared ? BELIEVED_MS.shared : BELIEVED_MS.alone;
  const jobs = new LRUCache<string, Remembered>({ max: REMEMBERED });

  const learn = (stored: StoredJob): void => {
    const text = jobKeyText(stored.job);
    const before = jobs.peek(text)?.stored.job;
    // What was read may have been overtaken by what was written meanwhile.
    const isOlder =
      before !== undefined &&
      (before.version > stored.job.version || before.observedAt > stored.job.observedAt);
    if (!isOlder) jobs.set(text, { stored, at: clock.now() });
  };
  store.jobsWritten.subscribe((written) => {
    for (const { stored, isNewVersion } of written) {
      if (isNewVersion || jobs.has(jobKeyText(stored.job))) learn(stored);
    }
  });
  store.wakeUps.listen((changes) => {
    for (const change of changes) {
      const text = jobKeyText(change);
      const known = jobs.peek(text);
      if (known !== undefined && known.stored.job.version < change.version) jobs.delete(text);
    }
  });

  return {
    learn,
    recall(key) {
      const known = jobs.get(jobKeyText(key));
      return known !== undefined && clock.now() - known.at < believedMs ? known.stored : null;
    },
    lastKnown: (key) => jobs.get(jobKeyText(key))?.stored ?? null,
  };
}
