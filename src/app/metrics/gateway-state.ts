import type { Accounts } from '../../jobs/account.ts';
import type { LimiterState } from '../../jobs/limiting/read-limiter.ts';
import type { Store } from '../../store/store.ts';
import {
  DEGRADED_PARTS,
  type AccountsStatus,
  type DegradedPart,
  type GatewayStatus,
  type StoreStatus,
  type WatchersStatus,
} from '../gateway-status.ts';
import type { CachedCounts, Counted } from './cached-counts.ts';

/** What is looked at. */
export interface GatewayStateParts {
  readonly version: string;
  readonly store: Store;
  readonly counts: CachedCounts;
  readonly accounts: Accounts;
  readonly watchers: () => WatchersStatus;
  readonly copiesRunning: () => number;
}

/** Looks at these; never rejects. */
export function createGatewayState(parts: GatewayStateParts): () => Promise<GatewayStatus> {
  const { version, store, counts, accounts, watchers, copiesRunning } = parts;
  // Teams with the same account share its limiter.
  const limiters = new Set([...accounts.values()].map(({ limiter }) => limiter));

  return async () => {
    const counted = await counts.read();
    const states = [...limiters].map((limiter) => limiter.state());
    const isDegraded: Readonly<Record<DegradedPart, boolean>> = {
      'wake-ups': !store.wakeUps.isHearing(),
      store: counted === null,
      akool: states.some(({ breaker }) => breaker !== 'closed'),
    };
    return {
      version,
      uptimeSeconds: Math.floor(process.uptime()),
      degraded: DEGRADED_PARTS.filter((part) => isDegraded[part]),
      watchers: { ...watchers() },
      store: counted && storeStatus(counted, store.clock.now()),
      accounts: accountsStatus(states),
      copiesRunning: copiesRunning(),
    };
  };
}

function storeStatus(counted: Counted, now: number): StoreStatus {
  return {
    liveJobs: counted.jobs,
    overdueJobs: counted.overdue,
    pollBacklogSeconds: ageOf(counted.dueAt, now),
    openPurchases: counted.purchases,
    oldestUnknownPurchaseSeconds: ageOf(counted.oldestUnknownAt, now),
    openWebhooks: counted.webhooksOpen,
    pendingCopies: counted.copiesPending,
  };
}

/** In seconds; what is still to come, or never was, has no age. */
function ageOf(instant: number | null, now: number): number {
  return instant === null ? 0 : Math.max(0, now - instant) / 1000;
}

function accountsStatus(states: readonly LimiterState[]): AccountsStatus {
  const inState = (state: LimiterState['breaker']): number =>
    states.filter(({ breaker }) => breaker === state).length;
  return {
    count: states.length,
    paused: states.filter(({ isPaused }) => isPaused).length,
    circuitBreakers: {
      closed: inState('closed'),
      open: inState('open'),
      half_open: inState('half_open'),
    },
    readsWaiting: states.reduce((sum, { waiting }) => sum + waiting, 0),
    readBudgetUsed: Math.max(0, ...states.map(({ used, perSecond }) => used / perSecond)),
  };
}
