/**
 * Bounds how many reads are repeated, so that a failing AKOOL is not asked twice as often as a
 * healthy one.
 */
export interface RetryBudget {
  /** Counts a read, which earns a part of a retry. */
  earn(): void;
  /** Takes one retry; false when there is none left. */
  spend(): boolean;
}

/** What an isolated failure may use: both of its retries. */
const FULL = 2;
/**
 * In the long run 8 retries per 100 reads: with the 2 in hand, attempts stay within 1.1 times the
 * reads from 100 reads on.
 */
const EARNED_PER_READ = 0.08;

/** A full budget. */
export function createRetryBudget(): RetryBudget {
  let retries = FULL;
  return {
    earn() {
      retries = Math.min(FULL, retries + EARNED_PER_READ);
    },
    spend() {
      if (retries < 1) return false;
      retries -= 1;
      return true;
    },
  };
}
