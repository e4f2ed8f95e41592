import type { Job } from '../../domain/job.ts';
import { AkoolUnavailableError, OutcomeUnknownError } from '../../domain/errors.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/message-of.ts';
import type { PurchaseAttempt, PurchaseKey, PurchaseState, Verdict } from '../../store/purchase.ts';
import type { AcceptedWrite, Store } from '../../store/store.ts';
import { SEND_WITHIN_MS } from '../../upstream/submission-deadlines.ts';
import type { Submission } from '../../upstream/upstream.ts';
import type { Deferred } from '../../runtime/deferred.ts';
import type { RecordUntilStored } from './record-until-stored.ts';
import { kindOf, nameOf, type PreparedOrder } from './order.ts';
import type { Settling } from './settle.ts';
import { errorOf } from './verdict-error.ts';

/**
 * Sends the order of an attempt that is RESERVED, and records what became of it: the lower half of the state machine at the
 * head of purchase.ts. Settles `answer` as soon as the caller can be told something, and resolves once the outcome is recorded.
 * Rejects when `answer` is still to be rejected with the same.
 */
export type SendOrder = (
  attempt: PurchaseAttempt,
  prepared: PreparedOrder,
  answer: Deferred<Job>,
) => Promise<void>;

/** What sending needs. */
export interface SendOrderParts {
  readonly store: Store;
  readonly clock: Clock;
  /** See PurchasesParts. */
  readonly machineClock: Clock;
  readonly log: Log;
  readonly persist: RecordUntilStored;
  readonly settling: Settling;
  /** The job that this very attempt has by now, in its present state; null: none. */
  readonly recorded: (attempt: PurchaseAttempt) => Promise<Job | null>;
  /** AKOOL turned a submission away and asks the account to pause, in ms. */
  readonly onLimited: (key: PurchaseKey, pauseMs: number) => void;
  /** How long the caller waits once sending began, in milliseconds. */
  readonly answerWithinMs: number;
}

/** A function that sends with these parts. */
export function createSendOrder(parts: SendOrderParts): SendOrder {
  const { store, clock, machineClock, log, persist, settling, recorded, onLimited } = parts;
  const { answerWithinMs } = parts;

  /** Records what AKOOL answered, and turns it into the caller's answer. */
  const settleSubmission = async (
    attempt: PurchaseAttempt,
    submission: Submission<Observation>,
    prepared: PreparedOrder,
  ): Promise<Job> => {
    switch (submission.outcome) {
      case 'accepted':
        return recordAccepted(attempt, prepared.accept(submission.observation));
      case 'billing':
      case 'rejected': {
        const { outcome: kind, code, message } = submission;
        return free(attempt, 'REJECTED', { kind, code, message });
      }
      case 'unavailable': {
        const { outcome: kind, pauseMs } = submission;
        if (pauseMs !== null) onLimited(attempt, pauseMs);
        return free(attempt, 'NOT_SENT', { kind, retryAfterSeconds: wholeSeconds(pauseMs) });
      }
      case 'unknown':
        log.warn(
          { ...nameOf(attempt), reason: submission.reason },
          'The outcome of a create is unknown; its key is held',
        );
        return end(
          attempt,
          () => store.movePurchase(attempt, ['SENDING'], 'UNKNOWN'),
          new OutcomeUnknownError(kindOf(attempt), attempt.key),
        );
    }
  };

  /**
   * AKOOL itself says that it made nothing of this attempt. So that holds even where others took this process for dead
   * meanwhile, and could not tell.
   */
  const free = (
    attempt: PurchaseAttempt,
    state: 'REJECTED' | 'NOT_SENT',
    verdict: Verdict,
  ): Promise<Job> =>
    end(
      attempt,
      () => store.movePurchase(attempt, ['SENDING', 'UNKNOWN'], state, { verdict }),
      errorOf(verdict),
    );

  /** Records that AKOOL's answer named no job, and throws why; resolves to the job all the same when a callback has proven it. */
  const end = async (
    attempt: PurchaseAttempt,
    move: () => Promise<unknown>,
    error: Error,
  ): Promise<Job> => {
    const moved = await persist(attempt, move);
    const settled = moved === null ? await recorded(attempt) : null;
    if (settled === null) throw error;
    return settled;
  };

  const recordAccepted = (attempt: PurchaseAttempt, accepted: AcceptedWrite): Promise<Job> => {
    const { id } = accepted.job;
    const record = async (): Promise<Job> => {
      const settled = await settling.settle(attempt, accepted);
      if (settled !== null) return settled;
      const job = await recorded(attempt);
      if (job?.id === id) return job;
      log.error(
        { ...nameOf(attempt), answered: id, recorded: job?.id ?? null },
        'AKOOL answered a create with another job than its record has',
      );
      const adopted = await settling.adopt(accepted);
      return job ?? adopted;
    };
    return persist(attempt, record, { job: id });
  };

  /** Whether the record says by now that the request may be on the wire. False: `answer` has been told why not. */
  const startSending = async (
    attempt: PurchaseAttempt,
    answer: Deferred<Job>,
  ): Promise<boolean> => {
    try {
      if ((await store.movePurchase(attempt, ['RESERVED'], 'SENDING')) !== null) return true;
      // This process stood still for so long that others took it for dead. Nothing was sent, and the key may be another's.
      answer.reject(new AkoolUnavailableError(null));
    } catch (error) {
      answer.reject(error);
      // A write that fails may have happened all the same, and others may have found it.
      const unsent: readonly PurchaseState[] = ['RESERVED', 'SENDING', 'UNKNOWN'];
      await persist(attempt, () => store.movePurchase(attempt, unsent, 'NOT_SENT'));
    }
    return false;
  };

  const send = async (
    attempt: PurchaseAttempt,
    prepared: PreparedOrder,
    startBy: number,
  ): Promise<Submission<Observation>> => {
    try {
      return await prepared.send({ startBy });
    } catch (error) {
      log.error(
        { ...nameOf(attempt), error: messageOf(error) },
        'A create failed inside the gateway',
      );
      return { outcome: 'unknown', reason: 'a fault of the gateway' };
    }
  };

  return async (attempt, prepared, answer) => {
    const startBy = machineClock.now() + SEND_WITHIN_MS;
    if (!(await startSending(attempt, answer))) return;
    const cancelDeadline = clock.after(answerWithinMs, () =>
      answer.reject(new OutcomeUnknownError(kindOf(attempt), attempt.key)),
    );
    try {
      const submission = await send(attempt, prepared, startBy);
      answer.resolve(await settleSubmission(attempt, submission, prepared));
    } finally {
      cancelDeadline();
    }
  };
}

function wholeSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.ceil(milliseconds / 1000);
}
