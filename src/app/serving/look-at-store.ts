import { OVERDUE_AFTER_MS } from '../../domain/advance.ts';
import type { Store } from '../../store/store.ts';
import type { Observed } from '../../telemetry/metrics.ts';

/** Overdue jobs beyond these are not counted: a scrape stays cheap whatever lies behind. */
const MOST_COUNTED = 10_000;

/** What figures are told of the store. */
export function lookAtStore(store: Store): Omit<Observed, 'degraded'> {
  return {
    async unknownPurchases() {
      const unknown = await store.listPurchases(['UNKNOWN']);
      return { count: unknown.length, oldestAt: unknown[0]?.createdAt ?? null };
    },
    overdueJobs: () => store.countUnfinished(store.clock.now() - OVERDUE_AFTER_MS, MOST_COUNTED),
  };
}
