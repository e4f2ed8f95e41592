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
 * What is counted in the store, apart from those who read it: while somebody reads, it is counted
 * again and again, and reading is answered with the latest.
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

/** From the end of one count to the beginning of the next, in milliseconds. */
const EVERY_MS = 2_000;

/** Whoever reads what is older waits for a newer count, in milliseconds. */
const OLDEST_MS = 2 * EVERY_MS;

/** For so long after it was last read it is counted, in milliseconds. */
const READ_WITHIN_MS = 60_000;

/** Overdue jobs beyond these are not counted: counting stays cheap whatever lies behind. */
const MOST_OVERDUE = 10_000;

/** Counts nothing until somebody reads. */
export function cacheCounts(store: Store): CachedCounts {
  const { clock } = store;
  let latest: { readonly counted: Counted | null; readonly at: number } | null = null;
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
    const counted = await count().catch(() => null);
    latest = { counted, at: clock.now() };
    running = null;
    cancelNext();
    if (!isStopped) {
      cancelNext = clock.after(EVERY_MS, () => {
        if (clock.now() - readAt < READ_WITHIN_MS) running ??= countNow();
      });
    }
    return counted;
  };

  return {
    async read() {
      readAt = clock.now();
      if (latest !== null && readAt - latest.at < OLDEST_MS) return latest.counted;
      return (running ??= countNow());
    },
    stop() {
      isStopped = true;
      cancelNext();
    },
  };
}
