import { OVERDUE_AFTER_MS } from '../../domain/advance.ts';
import type { JobKind } from '../../domain/job.ts';
import type { CancelTimer } from '../../runtime/clock.ts';
import type { Store, StoreCounts } from '../../store/store.ts';

/** What was counted in the store. */
export interface Counted extends StoreCounts {
  /** Unfinished jobs made here that should have ended by now. */
  readonly overdue: Readonly<Record<JobKind, number>>;
}

/**
 * What is counted in the store. Where that is quick it is counted for whoever reads. Where it is
 * not, nobody waits: while somebody reads, it is counted again and again, and reading is answered
 * with the latest.
 */
export interface CachedCounts {
  /**
   * No more than some seconds old: see docs/metrics.md. Null while the store does not answer. Never
   * rejects.
   */
  read(): Promise<Counted | null>;
  /** Ends the counting that nobody waits for. */
  stop(): void;
}

/** A count that took longer is not made for each who reads, in milliseconds. */
const QUICK_MS = 2;

/** From the end of one count to the beginning of the next, in milliseconds. */
const EVERY_MS = 2_000;

/** Whoever reads what is older waits for a newer count, in milliseconds. */
const OLDEST_MS = 2 * EVERY_MS;

/** For so long after it was last read it is counted, in milliseconds. */
const READ_WITHIN_MS = 60_000;

/** Overdue jobs beyond these are not counted: counting stays cheap whatever lies behind. */
const MOST_OVERDUE = 10_000;

/** What was last counted. */
interface Latest {
  readonly counted: Counted | null;
  readonly at: number;
  readonly isQuick: boolean;
}

/** Counts nothing until somebody reads. */
export function cacheCounts(store: Store): CachedCounts {
  const { clock } = store;
  let latest: Latest | null = null;
  let running: Promise<Counted | null> | null = null;
  let readAt = -Infinity;
  let cancelNext: CancelTimer = () => undefined;
  let isStopped = false;

  const count = async (): Promise<Counted> => {
    const overdueSince = clock.now() - OVERDUE_AFTER_MS;
    const [counts, overdue] = await Promise.all([
      store.count(),
      store.countUnfinished(overdueSince, MOST_OVERDUE),
    ]);
    return { ...counts, overdue };
  };
  const countNow = async (): Promise<Counted | null> => {
    const beganAt = clock.now();
    const counted = await count().catch(() => null);
    const at = clock.now();
    latest = { counted, at, isQuick: at - beganAt <= QUICK_MS };
    running = null;
    cancelNext();
    if (!latest.isQuick && !isStopped) {
      cancelNext = clock.after(EVERY_MS, () => {
        if (clock.now() - readAt < READ_WITHIN_MS) running ??= countNow();
      });
    }
    return counted;
  };

  return {
    async read() {
      readAt = clock.now();
      if (latest?.isQuick === false && readAt - latest.at < OLDEST_MS) return latest.counted;
      return (running ??= countNow());
    },
    stop() {
      isStopped = true;
      cancelNext();
    },
  };
}
