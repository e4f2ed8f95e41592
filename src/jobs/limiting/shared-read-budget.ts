import DataLoader from 'dataloader';
import type { Clock } from '../../runtime/clock.ts';
import type { ReadGrant, ReadRequest } from '../../store/account-store.ts';
import type { Store } from '../../store/store.ts';

/** What `take` gave; `failures` is null where nobody but the limiter itself counts. */
export interface BudgetGrant extends Omit<ReadGrant, 'failures'> {
  readonly failures: number | null;
}

/** So many failed reads in a row shut an account, here and among all instances. */
export const FAILURES_THAT_BREAK = 5;

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

/** For a process that has the account to itself: what its limiter allows is allowed. */
export const ownBudget: ReadBudget = {
  take: (wanted) =>
    Promise.resolve({ granted: wanted, retryInMs: 0, isShut: false, failures: null }),
  countFailure: (inARow) => Promise.resolve(inARow),
  clearFailures: () => Promise.resolve(),
  shut: () => Promise.resolve(),
};

export interface SharedBudgetsParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Reads of one account that may start in a second. */
  readonly perSecond: number;
}

/**
 * Budgets that the store keeps for every instance, by what names the account in the store, which
 * must not tell its key. What is asked for at the same moment, of whichever account, is one
 * statement.
 */
export function createSharedBudgets(parts: SharedBudgetsParts): (account: string) => ReadBudget {
  const { store, clock, perSecond } = parts;
  const takes = new DataLoader<ReadRequest, ReadGrant>(
    (requests) => store.takeReads(requests, FAILURES_THAT_BREAK),
    { cache: false, batchScheduleFn: (run) => void clock.after(0, run) },
  );
  return (account) => {
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
        return takes.load({ account, wanted });
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
  };
}
