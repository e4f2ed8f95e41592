import type { ReadGrant, Store } from '../store/store.ts';

/** What `take` gave; `failures` is null where nobody but the gate itself counts. */
export interface BudgetGrant extends Omit<ReadGrant, 'failures'> {
  readonly failures: number | null;
}

/** What all instances together may still ask of one AKOOL account. Throws what the store throws. */
export interface ReadBudget {
  /** Takes up to `wanted` reads that begin now. */
  take(wanted: number): Promise<BudgetGrant>;
  /** A read failed, the `inARow`th here. Resolves to how many have failed in a row everywhere. */
  countFailure(inARow: number): Promise<number>;
  /** A read went well after failures. */
  clearFailures(): Promise<void>;
  /** Nobody reads for so many milliseconds. */
  shut(forMs: number): Promise<void>;
}

/** For a process that has the account to itself: what its gate allows is allowed. */
export const ownBudget: ReadBudget = {
  take: (wanted) =>
    Promise.resolve({ granted: wanted, retryInMs: 0, isShut: false, failures: null }),
  countFailure: (inARow) => Promise.resolve(inARow),
  clearFailures: () => Promise.resolve(),
  shut: () => Promise.resolve(),
};

/** What a shared budget is made of. */
export interface SharedBudgetParts {
  readonly store: Store;
  /** Names the account in the store; must not tell its key. */
  readonly account: string;
  /** Contract §3, `POLL_BUDGET_PER_SECOND`. */
  readonly perSecond: number;
  /** As the gates count. */
  readonly breakAt: number;
}

/** A budget that the store keeps for every instance. */
export function createSharedBudget(parts: SharedBudgetParts): ReadBudget {
  const { store, account, perSecond, breakAt } = parts;
  let opening: Promise<void> | null = null;
  const open = async (): Promise<void> => {
    opening ??= store.openAccount(account, perSecond);
    try {
      await opening;
    } catch (error) {
      opening = null;
      throw error;
    }
  };
  return {
    async take(wanted) {
      await open();
      return store.takeReads(account, wanted, breakAt);
    },
    async countFailure() {
      await open();
      return store.countFailedRead(account);
    },
    async clearFailures() {
      await open();
      await store.clearFailedReads(account);
    },
    async shut(forMs) {
      await open();
      await store.shutAccount(account, forMs);
    },
  };
}
