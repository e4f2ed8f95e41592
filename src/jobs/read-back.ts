import { LRUCache } from 'lru-cache';
import { jobKeyText, type Job, type JobKey } from '../domain/job.ts';
import type { Observation } from '../domain/observation.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Purchase } from '../store/store.ts';
import { kindOf, type AcceptedJob, type Purchases } from './purchase.ts';
import type { Reader } from './reader.ts';

/**
 * Reads jobs back from AKOOL because somebody rang. Rings for one job are coalesced: at most one read starts per second, and
 * rings that come meanwhile share the next one, so that the last ring is always followed by a read.
 */
export interface ReadBack {
  /** Reads a job that we know. Throws UpstreamError and what the store throws. */
  refresh(key: JobKey): Promise<void>;
  /**
   * Settles a purchase whose outcome is open with the task that was named for it, if AKOOL knows it and it is of the video that
   * was ordered; null: it is not. Throws UpstreamError and what the store throws.
   */
  settle(purchase: Purchase, jobId: string): Promise<Job | null>;
}

/** What reading back is made of. */
export interface ReadBackParts {
  readonly reader: Reader;
  readonly purchases: Purchases;
  /** The job that a purchase's canonical input and AKOOL's word make; null when they do not belong together. */
  readonly acceptedJob: (purchase: Purchase, seen: Observation) => Promise<AcceptedJob | null>;
  readonly clock: Clock;
}

/** The shortest time between two reads of one job that callbacks cause. */
const READ_BACK_MS = 1000;

/** How many jobs' last read-backs are remembered. */
const REMEMBERED = 10_000;

/** Reading back for one process. */
export function createReadBack(parts: ReadBackParts): ReadBack {
  const { reader, purchases, acceptedJob, clock } = parts;
  const startedAt = new LRUCache<string, number>({ max: REMEMBERED });
  const next = new Map<string, Promise<unknown>>();

  /** Joins the read-back that has not started yet, or plans one. */
  const coalesced = async (key: JobKey, read: () => Promise<unknown>): Promise<void> => {
    const text = jobKeyText(key);
    const planned = next.get(text);
    if (planned !== undefined) {
      await planned;
      return;
    }
    const plan = (async (): Promise<unknown> => {
      const waitMs = (startedAt.get(text) ?? -Infinity) + READ_BACK_MS - clock.now();
      if (waitMs > 0) await new Promise<void>((resolve) => clock.after(waitMs, resolve));
      next.delete(text);
      startedAt.set(text, clock.now());
      return read();
    })();
    next.set(text, plan);
    await plan;
  };

  return {
    refresh: (key) =>
      coalesced(key, async () => {
        // One that is in flight may have been answered before the bell rang.
        await reader.settled(key);
        await reader.read(key);
      }),
    async settle(purchase, jobId) {
      const seen = await reader.observe({ team: purchase.team, kind: kindOf(purchase), id: jobId });
      const accepted = seen.kind === 'DENIED' ? null : await acceptedJob(purchase, seen);
      return accepted && purchases.settle(purchase, accepted);
    },
  };
}
