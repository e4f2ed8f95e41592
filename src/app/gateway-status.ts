import type { JobKind } from '../domain/job.ts';
import type { StoreCounts } from '../store/store.ts';

/** How the gateway stands, as /ready?verbose and `npm run status` tell it. */
export interface GatewayStatus {
  readonly version: string;
  readonly uptimeSeconds: number;
  /** What works less well than it should. */
  readonly degraded: readonly DegradedPart[];
  /** Subscriptions that are open at this instance, by transport. */
  readonly watchers: WatchersStatus;
  /** Of the store, and so of all instances; null: it does not answer. */
  readonly store: StoreStatus | null;
  /** AKOOL's accounts, as this instance knows them. */
  readonly accounts: AccountsStatus;
  /** Copies that this instance makes, or deletes. */
  readonly copiesRunning: number;
}

export type DegradedPart = (typeof DEGRADED_PARTS)[number];

/** Everything that can be degraded. */
export const DEGRADED_PARTS = ['wake-ups', 'store', 'akool'] as const;

export type WatchersStatus = Readonly<Record<'sse' | 'multipart' | 'websocket', number>>;

/** Counts are bounded: see StoreCounts. */
export interface StoreStatus {
  readonly liveJobs: StoreCounts['jobs'];
  readonly overdueJobs: Readonly<Record<JobKind, number>>;
  /** For how long the most overdue look at a job has been due. */
  readonly pollBacklogSeconds: number;
  readonly openPurchases: StoreCounts['purchases'];
  /** 0 where no outcome is unknown. */
  readonly oldestUnknownPurchaseSeconds: number;
  readonly openWebhooks: number;
  readonly pendingCopies: number;
}

export interface AccountsStatus {
  readonly count: number;
  /** Accounts that AKOOL has asked to pause. */
  readonly paused: number;
  readonly circuitBreakers: Readonly<Record<'closed' | 'open' | 'half_open', number>>;
  readonly readsWaiting: number;
  /**
   * Reads that began here in the last second, of those allowed: of the busiest account, from 0 to
   * 1.
   */
  readonly readBudgetUsed: number;
}
