import { firstJob } from '../../domain/advance.ts';
import type { Job } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { attemptOf, boughtBy, type Purchase, type PurchaseAttempt } from '../../store/purchase.ts';
import type { AcceptedWrite, PurchaseStore } from '../../store/purchase-store.ts';
import type { Accounts } from '../account.ts';
import { readUpstream } from '../read-upstream.ts';
import { firstLook, type PollPace } from '../polling/schedule.ts';
import type { FindJob } from './order.ts';
import { orderedJob, type OrderedJob } from './ordered-job.ts';

/**
 * Makes jobs out of what AKOOL turned out to have accepted. All verbs throw what the store throws
 * and do no harm when done again.
 *
 * An attempt that was abandoned by hand may turn out to have been bought all the same: its answer
 * was still on its way, or its webhook came late. While nobody has used the key again, the key
 * answers with that job from then on, so that it does not buy a second one. Otherwise the key
 * belongs to the newer attempt, which is not touched: the job becomes known as one made here, is
 * listed and followed to its end like every other, but no key answers with it. The log tells of
 * both, with key and job.
 */
export interface Settling {
  /** AKOOL has made a job for the attempt, of which it first says `seen`. */
  settle(attempt: PurchaseAttempt, ordered: OrderedJob, seen: Observation): Promise<Settlement>;
  /** Makes a job known that was bought and that no purchase can have. */
  adopt(ordered: OrderedJob, seen: Observation): Promise<Job>;
  /**
   * Somebody claims that AKOOL has made this job for the purchase: reads it back, and settles the
   * purchase with it when it is of the video that was ordered. An operator who names a job does not
   * bring an abandoned attempt back; a webhook does. Throws UpstreamError when it cannot be read.
   */
  settleWithJob(
    purchase: Purchase,
    jobId: string,
    by: 'webhook' | 'operator',
  ): Promise<Settlement | Unproven>;
}

/** What settling came to. */
export type Settlement =
  /** The attempt is ACCEPTED, and its key answers with the job. */
  | { readonly outcome: 'settled'; readonly job: Job }
  /** The job is ours, and no key answers with it. */
  | { readonly outcome: 'adopted'; readonly job: Job }
  /**
   * Nothing was done: the attempt is not open (any more), or the job belongs to another purchase.
   */
  | { readonly outcome: 'not open' };

/** AKOOL does not know the job, or it is not the one that was ordered: nothing was done. */
export interface Unproven {
  readonly outcome: 'denied' | 'other video';
}

export interface SettlingParts {
  readonly store: PurchaseStore;
  readonly accounts: Accounts;
  readonly find: FindJob;
  readonly clock: Clock;
  readonly random: Random;
  readonly pace: PollPace;
  readonly log: Log;
}

const NOT_OPEN = { outcome: 'not open' } as const;

export function createSettling(parts: SettlingParts): Settling {
  const { store, accounts, find, clock, random, pace, log } = parts;

  /** The job as AKOOL first tells of it, and when to look at it next. */
  const makeJob = (
    { team, videoUrl, request, hasWebhook, mayBeShared }: OrderedJob,
    seen: Observation,
  ): AcceptedWrite => {
    const now = clock.now();
    const job = firstJob({ team, madeHere: true, videoUrl, request }, seen, now);
    return { job, schedule: firstLook(job, hasWebhook, { now, random, pace }), mayBeShared };
  };

  const settleOpen = async (
    attempt: PurchaseAttempt,
    accepted: AcceptedWrite,
  ): Promise<Settlement> => {
    const open = ['SENDING', 'UNKNOWN'] as const;
    const moved = await store.movePurchase(attempt, open, 'ACCEPTED', { accepted });
    return moved === null ? NOT_OPEN : { outcome: 'settled', job: jobOf(moved, accepted) };
  };

  const settleAbandoned = async (
    attempt: PurchaseAttempt,
    accepted: AcceptedWrite,
  ): Promise<Settlement> => {
    const fields = { ...attemptOf(attempt), job: accepted.job.id };
    const moved = await store.movePurchase(attempt, ['ABANDONED'], 'ACCEPTED', { accepted });
    if (moved !== null) {
      log.warn(fields, 'A create that was abandoned by hand was bought; its key answers with it');
      return { outcome: 'settled', job: jobOf(moved, accepted) };
    }
    if ((await store.readAttempt(attempt.attempt))?.state !== 'ABANDONED') return NOT_OPEN;
    const isTaken = (await store.readPurchaseByJob(accepted.job)) !== null;
    if (isTaken && !accepted.mayBeShared) return NOT_OPEN;
    log.warn(
      fields,
      'A create that was abandoned by hand was bought, after its key had been used again; no key answers with it',
    );
    return { outcome: 'adopted', job: (await store.adoptJob(accepted)).job };
  };

  const settle = async (attempt: PurchaseAttempt, accepted: AcceptedWrite): Promise<Settlement> => {
    const settled = await settleOpen(attempt, accepted);
    return settled.outcome === 'settled' ? settled : settleAbandoned(attempt, accepted);
  };

  return {
    settle: (attempt, ordered, seen) => settle(attempt, makeJob(ordered, seen)),
    adopt: async (ordered, seen) => (await store.adoptJob(makeJob(ordered, seen))).job,
    async settleWithJob(purchase, jobId, by) {
      const { team, mutation } = purchase;
      const seen = await readUpstream(accounts, { team, kind: boughtBy(mutation), id: jobId });
      if (seen.kind === 'DENIED') return { outcome: 'denied' };
      const ordered = await orderedJob(purchase, seen, find);
      if (ordered === null) return { outcome: 'other video' };
      const accepted = makeJob(ordered, seen);
      return by === 'operator' ? settleOpen(purchase, accepted) : settle(purchase, accepted);
    },
  };
}

function jobOf(moved: { readonly job: { readonly job: Job } | null }, { job }: AcceptedWrite): Job {
  return moved.job?.job ?? job;
}
