import type { Job } from '../../domain/job.ts';
import { IdempotencyConflictError, OutcomeUnknownError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { defer, type Deferred } from '../../runtime/signal.ts';
import type { TaskSet } from '../../runtime/task-set.ts';
import { boughtBy, type PurchaseAttempt, type PurchaseKey } from '../../store/purchase.ts';
import type { KeyHolders } from './key-holder.ts';

/**
 * The callers that wait here, by key. The first with a key has the purchase run; those with the
 * same input that come meanwhile are told the same. A caller waits until the outcome is known, but
 * no longer than `answerWithinMs` after sending began: then it is told that the outcome is unknown,
 * and the purchase runs on.
 */
export interface WaitingCallers {
  /**
   * Resolves to the job, and throws what the caller is to be told. `run` is the purchase itself.
   */
  answer(
    key: PurchaseKey,
    fingerprint: string,
    run: (caller: WaitingCaller) => Promise<Job>,
  ): Promise<Job>;
  /** Resolves when nobody waits for this key any more. */
  over(key: PurchaseKey): Promise<void>;
  /**
   * Tells the callers of this very attempt that it has made this job, which its own answer has not
   * told yet.
   */
  tell(attempt: PurchaseAttempt, job: Job): void;
}

/** Who has a purchase run. */
export interface WaitingCaller {
  /**
   * The request of this attempt may be on the wire: from now on the caller waits no longer than
   * `answerWithinMs`.
   */
  sendingBegan(attempt: PurchaseAttempt): void;
}

export interface WaitingCallersParts {
  readonly holders: KeyHolders;
  readonly clock: Clock;
  /** Purchases that run on after their callers were told. */
  readonly underWay: TaskSet;
  readonly answerWithinMs: number;
}

interface Waiter {
  readonly fingerprint: string;
  readonly answer: Deferred<Job>;
  /** The attempt that this order made; null: none (yet). */
  attempt: string | null;
}

export function createWaitingCallers(parts: WaitingCallersParts): WaitingCallers {
  const { holders, clock, underWay, answerWithinMs } = parts;
  const waiters = new Map<string, Waiter>();

  const begin = (
    key: PurchaseKey,
    fingerprint: string,
    run: (caller: WaitingCaller) => Promise<Job>,
  ): Promise<Job> => {
    const text = textOf(key);
    const answer = defer<Job>();
    const waiter: Waiter = { fingerprint, answer, attempt: null };
    let cancelDeadline = (): void => undefined;
    const told = (): void => {
      if (waiters.get(text) === waiter) waiters.delete(text);
    };
    waiters.set(text, waiter);
    answer.promise.then(told, told);
    const caller: WaitingCaller = {
      sendingBegan(attempt) {
        waiter.attempt = attempt.attempt;
        cancelDeadline = clock.after(answerWithinMs, () =>
          answer.reject(new OutcomeUnknownError(boughtBy(key.mutation), key.key)),
        );
      },
    };
    underWay.add(
      run(caller)
        .then(answer.resolve, answer.reject)
        .finally(() => cancelDeadline()),
    );
    return answer.promise;
  };

  return {
    async answer(key, fingerprint, run) {
      const before = waiters.get(textOf(key));
      if (before === undefined) return begin(key, fingerprint, run);
      if (before.fingerprint === fingerprint) return before.answer.promise;
      // It may be the other one that is in conflict with the record.
      const job = await holders.answer(key, fingerprint);
      if (job === null) throw new IdempotencyConflictError();
      return job;
    },
    async over(key) {
      await waiters.get(textOf(key))?.answer.promise.catch(() => undefined);
    },
    tell(attempt, job) {
      const waiter = waiters.get(textOf(attempt));
      if (waiter?.attempt === attempt.attempt) waiter.answer.resolve(job);
    },
  };
}

function textOf({ team, mutation, key }: PurchaseKey): string {
  return JSON.stringify([team, mutation, key]);
}
