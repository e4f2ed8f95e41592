import type { Job } from '../../domain/job.ts';
import {
  AkoolRejectedError,
  AkoolUnavailableError,
  BillingError,
  IdempotencyConflictError,
  OutcomeUnknownError,
  type ExpectedError,
} from '../../domain/errors.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import { boughtBy, type Purchase, type PurchaseKey, type Verdict } from '../../store/purchase.ts';
import type { PurchaseStore } from '../../store/purchase-store.ts';
import type { FindJob } from './order.ts';

/** What the record of a key comes to. All verbs throw what the store throws. */
export interface KeyHolders {
  /**
   * For one more request with this key and input, once the attempt that holds it has ended or
   * nobody waits for that any more. Null: nothing was sent, and the key is free. Throws
   * IdempotencyConflictError, OutcomeUnknownError, and what AKOOL refused.
   */
  answer(key: PurchaseKey, fingerprint: string): Promise<Job | null>;
  /**
   * The same for who only asks: null where nothing was bought. Throws OutcomeUnknownError while
   * nobody can tell.
   */
  result(key: PurchaseKey): Promise<Job | null>;
  /** The job that this very attempt has by now, in its present state; null: none. */
  jobOfAttempt(attempt: string): Promise<Job | null>;
}

export interface KeyHoldersParts {
  readonly store: PurchaseStore;
  readonly clock: Clock;
  readonly find: FindJob;
  /** How long an attempt that another instance has under way is waited for, in milliseconds. */
  readonly answerWithinMs: number;
}

/** How often to look what became of an attempt that another instance has under way. */
const LOOK_AGAIN_MS = 100;

export function createKeyHolders(parts: KeyHoldersParts): KeyHolders {
  const { store, clock, find, answerWithinMs } = parts;

  /** The attempt once its outcome is known, or nobody waits for that any more. */
  const endOf = async (attempt: Purchase): Promise<Purchase> => {
    let isOver = false;
    // The clock may be set back meanwhile.
    const cancelWait = clock.after(answerWithinMs, () => {
      isOver = true;
    });
    let latest = attempt;
    try {
      // Also when it is another instance that sends: its own callers are told by then.
      while (isUnderWay(latest) && !isOver && clock.now() < latest.updatedAt + answerWithinMs) {
        await pause(clock, LOOK_AGAIN_MS);
        const found = await store.readAttempt(latest.attempt);
        // Forgotten while it was waited for: nobody can tell what it came to.
        if (found === null) break;
        latest = found;
      }
    } finally {
      cancelWait();
    }
    return latest;
  };

  /**
   * The job of an attempt, in its present state. Throws OutcomeUnknownError when there is none
   * (yet).
   */
  const jobOf = async (attempt: Purchase): Promise<Job> => {
    const { team, mutation, state, jobId: id, key, words } = attempt;
    const kind = boughtBy(mutation);
    const job = state === 'ACCEPTED' && id !== null ? await find({ team, kind, id }) : null;
    if (job === null) throw new OutcomeUnknownError(kind, key, words);
    return job;
  };

  return {
    async answer(key, fingerprint) {
      const holder = await store.readPurchase(key);
      if (holder === null) return null;
      if (holder.fingerprint !== fingerprint) throw new IdempotencyConflictError();
      const ended = await endOf(holder);
      if (ended.verdict !== null) throw errorOf(ended.verdict);
      return isFreed(ended) ? null : jobOf(ended);
    },
    async result(key) {
      const holder = await store.readPurchase(key);
      if (holder === null) return null;
      const ended = await endOf(holder);
      return isFreed(ended) ? null : jobOf(ended);
    },
    async jobOfAttempt(attempt) {
      const record = await store.readAttempt(attempt);
      return record?.state === 'ACCEPTED' ? jobOf(record) : null;
    },
  };
}

function isUnderWay({ state }: Purchase): boolean {
  return state === 'RESERVED' || state === 'SENDING';
}

function isFreed({ state }: Purchase): boolean {
  return state === 'REJECTED' || state === 'NOT_SENT';
}

/**
 * What a caller is told of a create that bought nothing: the same to whoever waited for it, at
 * whichever instance.
 */
export function errorOf(verdict: Verdict): ExpectedError {
  switch (verdict.kind) {
    case 'billing':
      return new BillingError(verdict.code, verdict.message);
    case 'rejected':
      return new AkoolRejectedError(verdict.code, verdict.message);
    case 'unavailable':
      return new AkoolUnavailableError(verdict.retryAfterSeconds);
  }
}
