import { AkoolUnavailableError, OutcomeUnknownError } from '../../domain/errors.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { TaskSet } from '../../runtime/task-set.ts';
import {
  attemptOf,
  type NewPurchase,
  type PurchaseAttempt,
  type PurchaseState,
  boughtBy,
  type Verdict,
} from '../../store/purchase.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import type { PurchaseStore } from '../../store/purchase-store.ts';
import type { Submission, SubmissionTiming } from '../../upstream/upstream.ts';
import type { ReadyOrder } from './prepare-order.ts';
import type { Job } from '../../domain/job.ts';
import { pause, wholeSeconds, type Clock } from '../../runtime/clock.ts';
import { accountOf, type Accounts } from '../account.ts';
import type { OrderedJob } from './ordered-job.ts';
import { errorOf, type KeyHolders } from './key-holder.ts';
import type { Settling } from './settle.ts';

/**
 * The steps of an attempt up to AKOOL's answer: the upper half of the state machine at the head of
 * purchases.ts.
 */
export interface Attempts {
  /**
   * RESERVED; false: another attempt holds the key by now. Throws what the store throws; a key that
   * was taken all the same is freed once the store is back.
   */
  reserve(purchase: NewPurchase): Promise<boolean>;
  /**
   * SENDING, then one POST, once; `began` is told in between. Throws what the store throws, and
   * frees the key once the store is back: nothing was sent. Throws AkoolUnavailableError, and frees
   * nothing, where others took this process for dead, and the key may be another attempt's. Never
   * rejects after that: what fails inside the gateway may have been sent, too.
   */
  send(
    attempt: PurchaseAttempt,
    ready: ReadyOrder,
    timing: SubmissionTiming,
    began: (attempt: PurchaseAttempt) => void,
  ): Promise<Submission<Observation>>;
}

export interface AttemptsParts {
  readonly store: PurchaseStore;
  readonly log: Log;
  readonly recordUntilStored: RecordUntilStored;
  /** What is recorded after the caller has been told. */
  readonly underWay: TaskSet;
}

export function createAttempts(parts: AttemptsParts): Attempts {
  const { store, log, recordUntilStored, underWay } = parts;

  /** Nothing was sent, wherever the record says that the attempt is. */
  const free = (attempt: PurchaseAttempt, from: readonly PurchaseState[]): void =>
    underWay.add(recordUntilStored(attempt, () => store.movePurchase(attempt, from, 'NOT_SENT')));

  return {
    async reserve(purchase) {
      try {
        return (await store.reservePurchase(purchase)).taken;
      } catch (error) {
        if (error instanceof StoreUnavailableError) free(purchase, ['RESERVED']);
        throw error;
      }
    },
    async send(attempt, ready, timing, began) {
      let moved: unknown;
      try {
        moved = await store.movePurchase(attempt, ['RESERVED'], 'SENDING');
      } catch (error) {
        // A write that fails may have happened all the same, and others may have found it.
        free(attempt, ['RESERVED', 'SENDING', 'UNKNOWN']);
        throw error;
      }
      if (moved === null) throw new AkoolUnavailableError(null);
      began(attempt);
      try {
        return await ready.send(timing);
      } catch (error) {
        log.error(
          { ...attemptOf(attempt), error: messageOf(error) },
          'A create failed inside the gateway',
        );
        return { outcome: 'unknown', reason: 'a fault of the gateway' };
      }
    },
  };
}

/**
 * Records what AKOOL answered to an attempt that is SENDING, and resolves to the job or throws what
 * its caller is told: the lower half of the state machine at the head of purchases.ts.
 */
export type RecordOutcome = (
  attempt: PurchaseAttempt,
  ordered: OrderedJob,
  submission: Submission<Observation>,
) => Promise<Job>;

export interface RecordOutcomeParts {
  readonly store: PurchaseStore;
  readonly accounts: Accounts;
  readonly log: Log;
  readonly recordUntilStored: RecordUntilStored;
  readonly settling: Settling;
  readonly holders: KeyHolders;
}

export function createRecordOutcome(parts: RecordOutcomeParts): RecordOutcome {
  const { store, accounts, log, recordUntilStored, settling, holders } = parts;

  /**
   * Records that AKOOL's answer named no job, and throws why; resolves to the job all the same when
   * a webhook has proven it.
   */
  const end = async (
    attempt: PurchaseAttempt,
    move: () => Promise<unknown>,
    error: Error,
  ): Promise<Job> => {
    const moved = await recordUntilStored(attempt, move);
    const settled = moved === null ? await holders.jobOfAttempt(attempt.attempt) : null;
    if (settled === null) throw error;
    return settled;
  };

  /**
   * AKOOL itself says that it made nothing of this attempt. So that holds even where others took
   * this process for dead meanwhile, and could not tell.
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

  const accept = (
    attempt: PurchaseAttempt,
    ordered: OrderedJob,
    observation: Observation,
  ): Promise<Job> => {
    const { id } = observation;
    const record = async (): Promise<Job> => {
      const settlement = await settling.settle(attempt, ordered, observation);
      if (settlement.outcome !== 'not open') return settlement.job;
      const job = await holders.jobOfAttempt(attempt.attempt);
      if (job?.id === id) return job;
      log.error(
        { ...attemptOf(attempt), answered: id, recorded: job?.id ?? null },
        'AKOOL answered a create with another job than its record has',
      );
      const adopted = await settling.adopt(ordered, observation);
      return job ?? adopted;
    };
    return recordUntilStored(attempt, record, { job: id });
  };

  return async (attempt, ordered, submission) => {
    switch (submission.outcome) {
      case 'accepted':
        return accept(attempt, ordered, submission.observation);
      case 'billing':
      case 'rejected': {
        const { outcome: kind, code, message } = submission;
        return free(attempt, 'REJECTED', { kind, code, message });
      }
      case 'unavailable': {
        const { outcome: kind, pauseMs } = submission;
        if (pauseMs !== null) accountOf(accounts, attempt.team).limiter.pauseFor(pauseMs);
        const retryAfterSeconds = pauseMs === null ? null : wholeSeconds(pauseMs);
        return free(attempt, 'NOT_SENT', { kind, retryAfterSeconds });
      }
      case 'unknown': {
        const { reason, words } = submission;
        log.warn(
          { ...attemptOf(attempt), reason, words },
          'The outcome of a create is unknown; its key is held',
        );
        return end(
          attempt,
          () =>
            store.movePurchase(
              attempt,
              ['SENDING'],
              'UNKNOWN',
              words === undefined ? {} : { words },
            ),
          new OutcomeUnknownError(boughtBy(attempt.mutation), attempt.key, words ?? null),
        );
      }
    }
  };
}

/**
 * Runs a step that records what became of an attempt, which must not be forgotten because the store
 * is away: tries again while it is, as long as the process lives. `outcome` goes into the log.
 * Throws what else the step throws. The step may have been done when it throws, so it must do no
 * harm when done again.
 */
export type RecordUntilStored = <Result>(
  attempt: PurchaseAttempt,
  step: () => Promise<Result>,
  outcome?: { readonly job?: string },
) => Promise<Result>;

/** How often an outcome that the store could not record is tried again. */
const RECORD_AGAIN_MS = 1000;

export function createRecordUntilStored({
  clock,
  log,
}: {
  readonly clock: Clock;
  readonly log: Log;
}): RecordUntilStored {
  return async (attempt, step, outcome = {}) => {
    const fields = () => ({ ...attemptOf(attempt), ...outcome });
    for (let tries = 1; ; tries += 1) {
      try {
        const result = await step();
        if (tries > 1) log.info(fields(), 'An outcome was recorded after all');
        return result;
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) {
          log.error({ ...fields(), error: messageOf(error) }, 'An outcome was not recorded');
          throw error;
        }
        if (tries === 1) log.error(fields(), 'An outcome cannot be recorded; it is tried again');
        await pause(clock, RECORD_AGAIN_MS);
      }
    }
  };
}
