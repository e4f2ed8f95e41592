import type { Job } from '../domain/job.ts';
import {
  AkoolRejectedError,
  AkoolUnavailableError,
  BillingError,
  OutcomeUnknownError,
} from '../domain/errors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { messageOf } from '../runtime/message-of.ts';
import {
  StoreUnavailableError,
  type AcceptedWrite,
  type PurchaseKey,
  type PurchaseState,
  type Store,
} from '../store/store.ts';
import type { Submission } from '../upstream/upstream.ts';
import type { Deferred } from './deferred.ts';
import type { PreparedOrder } from './purchase-order.ts';

/**
 * Sends the order that holds its key, RESERVED so far, and records what became of it: the lower half of the state machine at the
 * head of purchase.ts. Settles `answer` as soon as the caller can be told something, and resolves once the outcome is recorded.
 * Rejects when `answer` is still to be rejected with the same.
 */
export type SendOrder = (
  key: PurchaseKey,
  prepared: PreparedOrder,
  answer: Deferred<Job>,
) => Promise<void>;

/** What sending needs. */
export interface SendOrderParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** See Purchases. */
  readonly settle: (key: PurchaseKey, accepted: AcceptedWrite) => Promise<Job | null>;
  /** What the key's record says by now; null: the key is free. Throws OutcomeUnknownError while nobody can tell. */
  readonly recorded: (key: PurchaseKey) => Promise<Job | null>;
  /** AKOOL turned a submission away and asks the account to pause, in ms. */
  readonly onLimited: (key: PurchaseKey, pauseMs: number) => void;
  /** How long the caller waits once sending began, in milliseconds. */
  readonly answerWithinMs: number;
}

/** How often an outcome that the store could not record is tried again, and how many times. */
const RECORD_AGAIN_MS = 1000;
const RECORD_TRIES = 120;

/** A function that sends with these parts. */
export function createSendOrder(parts: SendOrderParts): SendOrder {
  const { store, clock, log, settle, recorded, onLimited, answerWithinMs } = parts;

  /** What AKOOL decided must not be forgotten because the store is away for a while: tries again while it is. */
  const persist = async <Result>(
    key: PurchaseKey,
    step: () => Promise<Result>,
    outcome: { readonly job?: string } = {},
  ): Promise<Result> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || tries === RECORD_TRIES) {
          log.error({ ...key, ...outcome, error: messageOf(error) }, 'An outcome was not recorded');
          throw error;
        }
        if (tries === 1) {
          log.error({ ...key, ...outcome }, 'An outcome cannot be recorded; it is tried again');
        }
        await new Promise<void>((resolve) => clock.after(RECORD_AGAIN_MS, resolve));
      }
    }
  };

  /** Records what AKOOL answered, and turns it into the caller's answer. */
  const settleSubmission = async (
    key: PurchaseKey,
    submission: Submission<Observation>,
    prepared: PreparedOrder,
  ): Promise<Job> => {
    switch (submission.outcome) {
      case 'accepted':
        return recordAccepted(key, prepared.accept(submission.observation));
      case 'billing':
        return end(key, 'REJECTED', new BillingError(submission.code, submission.message));
      case 'rejected':
        return end(key, 'REJECTED', new AkoolRejectedError(submission.code, submission.message));
      case 'unavailable':
        if (submission.pauseMs !== null) onLimited(key, submission.pauseMs);
        return end(key, 'NOT_SENT', new AkoolUnavailableError(wholeSeconds(submission.pauseMs)));
      case 'unknown':
        log.warn(
          { ...key, reason: submission.reason },
          'The outcome of a create is unknown; its key is held',
        );
        return end(key, 'UNKNOWN', new OutcomeUnknownError(key.key));
    }
  };

  /** Records that AKOOL's answer named no job, and throws why; resolves to the job all the same when a callback has proven it. */
  const end = async (key: PurchaseKey, state: PurchaseState, error: Error): Promise<Job> => {
    const moved = await persist(key, () => store.movePurchase(key, ['SENDING'], state));
    const settled = moved === null ? await recorded(key) : null;
    if (settled === null) throw error;
    return settled;
  };

  const recordAccepted = async (key: PurchaseKey, accepted: AcceptedWrite): Promise<Job> => {
    const { id } = accepted.job;
    const settled = await persist(key, () => settle(key, accepted), { job: id });
    if (settled !== null) return settled;
    const job = await recorded(key);
    if (job?.id !== id) {
      log.error(
        { ...key, answered: id, recorded: job?.id ?? null },
        'AKOOL answered a create with another job than its record has',
      );
    }
    if (job === null) throw new OutcomeUnknownError(key.key);
    return job;
  };

  return async (key, prepared, answer) => {
    /** Where the record may be while it is certain that nothing was sent. */
    let unsent: readonly PurchaseState[] = ['RESERVED'];
    let lost = false;
    let cancelDeadline = (): void => undefined;
    let submission: Submission<Observation>;
    try {
      submission = await prepared.send(async () => {
        // A write that fails may have happened all the same.
        unsent = ['RESERVED', 'SENDING'];
        const moved = await store.movePurchase(key, ['RESERVED'], 'SENDING');
        if (moved === null) {
          // This process stood still for so long that others took it for dead. Nothing was sent, and the key is not ours.
          lost = true;
          throw new AkoolUnavailableError(null);
        }
        unsent = [];
        cancelDeadline = clock.after(answerWithinMs, () =>
          answer.reject(new OutcomeUnknownError(key.key)),
        );
      });
    } catch (error) {
      if (unsent.length > 0) {
        answer.reject(error);
        if (!lost) await persist(key, () => store.movePurchase(key, unsent, 'NOT_SENT'));
        return;
      }
      log.error({ ...key, error: messageOf(error) }, 'A create failed inside the gateway');
      submission = { outcome: 'unknown', reason: 'a fault of the gateway' };
    }
    try {
      answer.resolve(await settleSubmission(key, submission, prepared));
    } finally {
      cancelDeadline();
    }
  };
}

function wholeSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.ceil(milliseconds / 1000);
}
