import { OVERDUE_AFTER_MS } from '../../domain/advance.ts';
import type { JobKind } from '../../domain/job.ts';
import type { Store, StoreCounts } from '../../store/store.ts';

/** What was counted in the store. */
export interface Counted extends StoreCounts {
  /** Unfinished jobs made here that should have ended by now. */
  readonly overdue: Readonly<Record<JobKind, number>>;
}

/** What is counted in the store, however often and by however many it is asked for. */
export interface CachedCounts {
  /** At most a second old; null while the store does not answer. Never rejects. */
  read(): Promise<Counted | null>;
}

const MAX_AGE_MS = 1_000;

/** Overdue jobs beyond these are not counted: a scrape stays cheap whatever lies behind. */
const MOST_OVERDUE = 10_000;

/** Whoever asks faster is told the same again. */
export function cacheCounts(store: Store): CachedCounts {
  const { clock } = store;
  let countedAt = -Infinity;
  let counted: Promise<Counted | null> = Promise.resolve(null);

  const count = async (): Promise<Counted> => {
    const overdueSince = clock.now() - OVERDUE_AFTER_MS;
    const [counts, overdue] = await Promise.all([
      store.count(),
      store.countUnfinished(overdueSince, MOST_OVERDUE),
    ]);
    return { ...counts, overdue };
  };

  return {
    read() {
      if (clock.now() - countedAt >= MAX_AGE_MS) {
        countedAt = clock.now();
        counted = count().catch(() => null);
      }
      return counted;
    },
  };
}
