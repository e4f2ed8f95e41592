import DataLoader from 'dataloader';
import { isFinal, type JobKey, type TeamId } from '../../domain/job.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { createThrottle } from '../../runtime/throttle.ts';
import { attemptOf, boughtBy, type Purchase, type PurchaseAttempt } from '../../store/purchase.ts';
import type { Store } from '../../store/store.ts';
import type { OpenWebhook } from '../../store/webhook-store.ts';
import type { ReadLimiter } from '../limiting/read-limiter.ts';
import type { Polling } from '../polling/polling.ts';
import { accountOf, type Accounts } from '../account.ts';
import { DENIED_FOR_GOOD_MS, isReadSince } from '../polling/schedule.ts';
import type { Purchases } from '../purchases/purchases.ts';
import { createConcurrencyLimiter, type ConcurrencyLimiter } from './concurrency-limiter.ts';

/**
 * Follows up what webhooks name. Where the attempt of a webhook's token already has its job, a
 * webhook that names another one is ignored. Where its outcome is still open, or was closed by
 * hand, the named task is read back, and when it is of the very video that was ordered, it settles
 * the purchase.
 *
 * Webhooks for one job are throttled: at most one follow-up begins per second, webhooks that come
 * before it share it, and the last one is always followed by one. Where another instance had one
 * for the job within that second, a webhook waits until that is over, and is content with what was
 * read meanwhile. A webhook whose task AKOOL denies knowing is followed up again for an hour: AKOOL
 * may itself learn late of what it has made, and this may be all that is left of a purchase.
 */
export interface FollowUps {
  /**
   * Closes the webhook once it is followed up. Rejects when it must be tried again later.
   * `boughtJob`: the job that its attempt is known to have; null: that is to be looked up.
   */
  followUp(webhook: OpenWebhook, boughtJob: string | null): Promise<void>;
  /** Waits for those under way; no other begins, and those that wait for their turn reject. */
  stop(): Promise<void>;
}

export interface FollowUpsParts {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly polling: Pick<Polling, 'refresh' | 'lastKnown'>;
  readonly purchases: Pick<Purchases, 'settleWithJob'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The shortest time between two follow-ups for one job. */
const FOLLOW_UP_MS = 1000;

/**
 * How many seconds' reads of an account follow-ups take a place in its line for. More of them would
 * be refused there for having waited too long, after they had leased their jobs.
 */
const SECONDS_IN_LINE = 2;

/** How long follow-ups are gathered that share a statement. */
const GATHER_MS = 10;

/** More than the clocks of two instances differ by, in milliseconds. */
const CLOCK_ERROR_MS = 20;

/**
 * What came of one follow-up. `again`: AKOOL's own answer settled the purchase meanwhile, so what
 * was read went nowhere. `denied`: AKOOL does not know the task.
 */
type Look = 'done' | 'again' | 'denied';

export function createFollowUps(parts: FollowUpsParts): FollowUps {
  const { store, accounts, clock } = parts;
  const throttle = createThrottle<Look>(clock, FOLLOW_UP_MS);
  const ignore = ignoring(parts.log);
  const look = lookingAt(parts, ignore);
  /** When the latest webhook came of those that wait for a follow-up to begin, by its name. */
  const latestAt = new Map<string, number>();
  const gathering = {
    cache: false,
    batchScheduleFn: (run: () => void) => void clock.after(GATHER_MS, run),
  };
  const earlier = new DataLoader<string, number | null>(async (digests) => {
    const found = await store.readEarlierWebhooks(digests);
    return digests.map((digest) => found.get(digest) ?? null);
  }, gathering);
  const closing = new DataLoader<string, null>(async (digests) => {
    await store.closeWebhooks(digests);
    return digests.map(() => null);
  }, gathering);
  const concurrencyOf = new Map<ReadLimiter, ConcurrencyLimiter>();
  const concurrency = (team: TeamId): ConcurrencyLimiter => {
    const { limiter } = accountOf(accounts, team);
    const atOnce =
      concurrencyOf.get(limiter) ??
      createConcurrencyLimiter(SECONDS_IN_LINE * limiter.state().perSecond);
    concurrencyOf.set(limiter, atOnce);
    return atOnce;
  };

  /**
   * Waits while it is another instance's turn: it had a webhook for the job before this one came,
   * and reads the job for that. By the end of the interval every turn is over.
   */
  const waitForOthers = async ({ digest, receivedAt }: OpenWebhook): Promise<void> => {
    if (!store.isShared || clock.now() > receivedAt + FOLLOW_UP_MS + CLOCK_ERROR_MS) return;
    const before = await earlier.load(digest);
    if (before !== null) await pause(clock, before + FOLLOW_UP_MS - clock.now());
  };

  return {
    async followUp(webhook, boughtJob) {
      const { purchase: attempt, jobId, digest, receivedAt } = webhook;
      const name = JSON.stringify([attempt.attempt, jobId]);
      let came: Look;
      await waitForOthers(webhook);
      latestAt.set(name, Math.max(latestAt.get(name) ?? 0, receivedAt));
      do {
        came = await throttle.run(name, () =>
          concurrency(attempt.team).run(() => {
            const since = latestAt.get(name) ?? receivedAt;
            latestAt.delete(name);
            return look({ attempt, boughtJob, jobId, since: since + CLOCK_ERROR_MS });
          }),
        );
      } while (came === 'again');
      if (came === 'denied') {
        if (clock.now() < receivedAt + DENIED_FOR_GOOD_MS)
          throw new Error('AKOOL denies knowing its task.');
        ignore(attempt, jobId, 'AKOOL denies knowing its task');
      }
      await closing.load(digest);
    },
    async stop() {
      for (const atOnce of concurrencyOf.values()) atOnce.close();
      await throttle.stop();
    },
  };
}

/** What a follow-up is of; see FollowUps. */
interface Named {
  readonly attempt: PurchaseAttempt;
  readonly boughtJob: string | null;
  readonly jobId: string;
  /** A read that began before that instant does not count. */
  readonly since: number;
}

type Ignore = (attempt: PurchaseAttempt, jobId: string, reason: string) => Look;

function ignoring(log: Log): Ignore {
  return (attempt, jobId, reason) => {
    log.warn({ ...attemptOf(attempt), job: jobId, reason }, 'A webhook was ignored');
    return 'done';
  };
}

/**
 * Reads back what a webhook names, the latest one of `since`. Rejects when it must be tried again
 * later.
 */
function lookingAt({ store, polling, purchases }: FollowUpsParts, ignore: Ignore) {
  /** Reads the job unless it has ended, or was read since that instant, by whichever instance. */
  const refresh = async (key: JobKey, since: number): Promise<Look> => {
    const stored = polling.lastKnown(key) ?? (await store.readJobs([key]))[0];
    const isKnown =
      stored !== undefined && (isFinal(stored.job.status) || isReadSince(stored, since));
    if (!isKnown) await polling.refresh(key, since);
    return 'done';
  };

  const settle = async (purchase: Purchase, jobId: string): Promise<Look> => {
    const { outcome } = await purchases.settleWithJob(purchase, jobId, 'webhook');
    if (outcome === 'denied') return 'denied';
    if (outcome === 'settled' || outcome === 'adopted') return 'done';
    if ((await store.readAttempt(purchase.attempt))?.state === 'ACCEPTED') return 'again';
    return ignore(purchase, jobId, 'its task is not the one ordered');
  };

  const refreshBought = ({ attempt, jobId, since }: Named, boughtJob: string | null) =>
    boughtJob === jobId
      ? refresh({ team: attempt.team, kind: boughtBy(attempt.mutation), id: jobId }, since)
      : ignore(attempt, jobId, 'its token is for another task');

  return async (named: Named): Promise<Look> => {
    const { attempt, boughtJob, jobId } = named;
    // What an attempt bought stays its own.
    if (boughtJob !== null) return refreshBought(named, boughtJob);
    const purchase = await store.readAttempt(attempt.attempt);
    switch (purchase?.state) {
      case 'ACCEPTED':
        return refreshBought(named, purchase.jobId);
      case 'SENDING':
      case 'UNKNOWN':
      case 'ABANDONED':
        return settle(purchase, jobId);
      case 'RESERVED':
      case 'REJECTED':
      case 'NOT_SENT':
        return ignore(attempt, jobId, `its purchase is ${purchase.state}: nothing was bought`);
      case undefined:
        return ignore(attempt, jobId, 'its purchase is forgotten');
    }
  };
}
