import { OutcomeUnknownError } from '../../domain/errors.ts';
import type { Job } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import { wholeSeconds } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { attemptOf, boughtBy, type PurchaseAttempt, type Verdict } from '../../store/purchase.ts';
import type { AcceptedWrite, PurchaseStore } from '../../store/purchase-store.ts';
import type { Submission } from '../../upstream/upstream.ts';
import { accountOf, type Accounts } from '../account.ts';
import type { MakeJob, OrderedJob } from './accepted-job.ts';
import { errorOf, type KeyHolders } from './key-holder.ts';
import type { RecordUntilStored } from './record-until-stored.ts';
import type { Settling } from './settle.ts';

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
  readonly makeJob: MakeJob;
}

export function createRecordOutcome(parts: RecordOutcomeParts): RecordOutcome {
  const { store, accounts, log, recordUntilStored, settling, holders, makeJob } = parts;

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

  const accept = (attempt: PurchaseAttempt, accepted: AcceptedWrite): Promise<Job> => {
    const { id } = accepted.job;
    const record = async (): Promise<Job> => {
      const settlement = await settling.settle(attempt, accepted);
      if (settlement.outcome !== 'not open') return settlement.job;
      const job = await holders.jobOfAttempt(attempt.attempt);
      if (job?.id === id) return job;
      log.error(
        { ...attemptOf(attempt), answered: id, recorded: job?.id ?? null },
        'AKOOL answered a create with another job than its record has',
      );
      const adopted = await settling.adopt(accepted);
      return job ?? adopted;
    };
    return recordUntilStored(attempt, record, { job: id });
  };

  return async (attempt, ordered, submission) => {
    switch (submission.outcome) {
      case 'accepted':
        return accept(attempt, makeJob(ordered, submission.observation));
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
