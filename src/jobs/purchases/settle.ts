import type { Job } from '../../domain/job.ts';
import type { Log } from '../../runtime/log.ts';
import type { PurchaseAttempt } from '../../store/purchase.ts';
import type { AcceptedWrite, Store } from '../../store/store.ts';
import { kindOf, nameOf } from './order.ts';

/**
 * Makes jobs out of what AKOOL turned out to have accepted. Both verbs throw what the store throws and do no harm when done again.
 *
 * An attempt that was abandoned by hand may turn out to have been bought all the same: its answer was still on its way, or its
 * callback came late. While nobody has used the key again, the key answers with that job from then on, so that it does not buy
 * a second one. Otherwise the key belongs to the newer attempt, which is not touched: the job becomes known as one made here, is
 * listed and followed to its end like every other, but no key answers with it. The log tells of both, with key and job.
 */
export interface Settling {
  /**
   * The job that an attempt made, once the attempt is ACCEPTED, or the job adopted. Null, and nothing done, when the attempt is
   * not open (any more), or the job belongs to another purchase.
   */
  settle(attempt: PurchaseAttempt, accepted: AcceptedWrite): Promise<Job | null>;
  /** Makes a job known that was bought and that no purchase can have. */
  adopt(accepted: AcceptedWrite): Promise<Job>;
}

/** What settling needs. */
export interface SettlingParts {
  readonly store: Store;
  readonly log: Log;
  /** An attempt has its job. */
  readonly onSettled: (attempt: PurchaseAttempt, job: Job) => void;
}

/** Settling for one process. */
export function createSettling({ store, log, onSettled }: SettlingParts): Settling {
  const move = async (
    attempt: PurchaseAttempt,
    from: 'open' | 'abandoned',
    accepted: AcceptedWrite,
  ): Promise<Job | null> => {
    const states = from === 'open' ? (['SENDING', 'UNKNOWN'] as const) : (['ABANDONED'] as const);
    const moved = await store.movePurchase(attempt, states, 'ACCEPTED', { accepted });
    if (moved === null) return null;
    const made = moved.job ?? accepted;
    onSettled(attempt, made.job);
    return made.job;
  };

  const adopt = async (accepted: AcceptedWrite): Promise<Job> => {
    const made = await store.adoptJob(accepted);
    return made.job;
  };

  return {
    adopt,
    async settle(attempt, accepted) {
      const fields = { ...nameOf(attempt), job: accepted.job.id };
      const settled = await move(attempt, 'open', accepted);
      if (settled !== null) return settled;
      const used = await move(attempt, 'abandoned', accepted);
      if (used !== null) {
        log.warn(fields, 'A create that was abandoned by hand was bought; its key answers with it');
        return used;
      }
      if ((await store.readAttempt(attempt.attempt))?.state !== 'ABANDONED') return null;
      const { team, id } = accepted.job;
      const isTaken = (await store.readPurchaseByJob({ team, kind: kindOf(attempt), id })) !== null;
      if (isTaken && !accepted.mayBeShared) return null;
      log.warn(
        fields,
        'A create that was abandoned by hand was bought, after its key had been used again; no key answers with it',
      );
      return adopt(accepted);
    },
  };
}
