import { createHash } from 'node:crypto';
import type { JobKey } from '../../domain/job.ts';
import { isFinal } from '../../domain/status.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { pause } from '../../runtime/pause.ts';
import { messageOf } from '../../runtime/message-of.ts';
import type { NewCallback, OpenCallback, PurchaseAttempt } from '../../store/purchase.ts';
import type { Store } from '../../store/store.ts';
import { openCallback } from '../../upstream/webhook-crypto.ts';
import type { Accounts } from '../account.ts';
import { tokenDigestOf } from './webhook-token.ts';
import { createThrottle } from '../../runtime/throttle.ts';
import { kindOf, nameOf } from '../purchases/order.ts';
import type { ReadBack } from './read-back.ts';
import { isReadSince } from '../polling/read-since.ts';

/**
 * AKOOL's callbacks as doorbells. A callback proves little: its signature holds no secret and its ciphertext can be replayed
 * and bent. So nothing it says is ever shown. What it does:
 *
 *     token known? ── no ──► unknown
 *         │ yes
 *     opens with the account's key? ── no ──► malformed   (one answer for every way to be malformed)
 *         │ yes
 *     recorded durably, once per token and ciphertext ──► accepted
 *         │ first time
 *     followed up: the job is read back from AKOOL, and what AKOOL says there goes through the job writer
 *
 * The token names the attempt it was made for, and nothing that comes with it touches another one with the same key. Where that
 * attempt already has its job, a callback that names another one is ignored. Where its outcome is still open, or was closed by
 * hand, the named task is read back, and when it is of the very video that was ordered, it settles the purchase (see settle.ts).
 * Rings for one job are coalesced: at most one follow-up begins per second, rings that come before it share it, and the last ring
 * is always followed by one. Where the job rang at another instance within that second, a ring waits until that is over, and is
 * content with what was read meanwhile. What could not be followed up (AKOOL away, a crash) is followed up later: callbacks stay
 * open in the store until then. So does one whose task AKOOL denies knowing, for an hour: it may itself learn late of what it has
 * made, and what this callback names may be all that is left of a purchase.
 */
export interface Callbacks {
  /** Takes one POST. Throws what the store throws, and then the callback must not be answered with 200. */
  receive(token: string, body: Uint8Array): Promise<CallbackVerdict>;
  /** Ends the follow-ups and waits for those under way. */
  stop(): Promise<void>;
}

/** What to answer: 200 for accepted, 404 for unknown, and the same refusal for everything malformed. */
export type CallbackVerdict = 'accepted' | 'unknown' | 'malformed';

/** What callbacks are made of. */
export interface CallbacksParts {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly readBack: ReadBack;
  readonly clock: Clock;
  readonly log: Log;
  /** How often open callbacks are followed up again, in milliseconds. */
  readonly retryMs: number;
}

/** The shortest time between two follow-ups for one job. */
const FOLLOW_UP_MS = 1000;

/** More than the clocks of two instances differ by, in milliseconds. */
const CLOCK_ERROR_MS = 20;

/** How long AKOOL may deny knowing a task that its own callback names: as long as one that we know. */
const DENIED_FOR_MS = 60 * 60 * 1000;

/**
 * What came of one follow-up. `again`: AKOOL's own answer settled the purchase meanwhile, so what was read went nowhere.
 * `denied`: AKOOL does not know the task.
 */
type Look = 'done' | 'again' | 'denied';

/** Starts following up what an earlier process left open. */
export function startCallbacks(parts: CallbacksParts): Callbacks {
  const { store, accounts, readBack, clock, log, retryMs } = parts;
  const followUps = createThrottle<Look>(clock, FOLLOW_UP_MS);
  const underWay = new Set<string>();
  /** When the latest ring came of those that wait for a follow-up to begin, by its name. */
  const rungAt = new Map<string, number>();
  let stopped = false;
  let cancelSweep: CancelTimer = () => undefined;

  /** Reads the job unless that is over, or was done since that instant, by whichever instance. */
  const refresh = async (key: JobKey, since: number): Promise<void> => {
    const [stored] = await store.readJobs([key]);
    if (stored !== undefined && (isFinal(stored.job.status) || isReadSince(stored, since))) return;
    await readBack.refresh(key, since);
  };

  const ignore = (attempt: PurchaseAttempt, jobId: string, reason: string): Look => {
    log.warn({ ...nameOf(attempt), job: jobId, reason }, 'A callback was ignored');
    return 'done';
  };

  /** Reads back what was rung for, latest at `since`. Throws when it must be tried again later. */
  const look = async (attempt: PurchaseAttempt, jobId: string, since: number): Promise<Look> => {
    const purchase = await store.readAttempt(attempt.attempt);
    switch (purchase?.state) {
      case 'ACCEPTED':
        if (purchase.jobId !== jobId)
          return ignore(attempt, jobId, 'its token is for another task');
        await refresh({ team: attempt.team, kind: kindOf(attempt), id: jobId }, since);
        return 'done';
      case 'SENDING':
      case 'UNKNOWN':
      case 'ABANDONED': {
        const settled = await readBack.settle(purchase, jobId);
        if (settled === 'denied') return 'denied';
        if (settled !== null) return 'done';
        if ((await store.readAttempt(attempt.attempt))?.state === 'ACCEPTED') return 'again';
        return ignore(attempt, jobId, 'its task is not the one ordered');
      }
      case 'RESERVED':
      case 'REJECTED':
      case 'NOT_SENT':
        return ignore(attempt, jobId, `its purchase is ${purchase.state}: nothing was bought`);
      case undefined:
        return ignore(attempt, jobId, 'its purchase is forgotten');
    }
  };

  /** Waits while it is another instance's turn: the job rang there before this callback came, and is being read for that. */
  const waitForOthers = async ({ digest }: OpenCallback): Promise<void> => {
    const before = store.isShared ? await store.readEarlierRing(digest) : null;
    if (before !== null) await pause(clock, before + FOLLOW_UP_MS - clock.now());
  };

  /** Rejects when it must be tried again later. */
  const followUp = async (callback: OpenCallback): Promise<void> => {
    const { purchase: attempt, jobId, digest, receivedAt } = callback;
    const name = JSON.stringify([attempt.attempt, jobId]);
    let outcome: Look;
    await waitForOthers(callback);
    rungAt.set(name, Math.max(rungAt.get(name) ?? 0, receivedAt));
    do {
      outcome = await followUps.run(name, () => {
        const since = rungAt.get(name) ?? receivedAt;
        rungAt.delete(name);
        return look(attempt, jobId, since + CLOCK_ERROR_MS);
      });
    } while (outcome === 'again');
    if (outcome === 'denied') {
      if (clock.now() < receivedAt + DENIED_FOR_MS)
        throw new Error('AKOOL denies knowing its task.');
      ignore(attempt, jobId, 'AKOOL denies knowing its task');
    }
    await store.closeCallback(digest);
  };

  const begin = (callback: OpenCallback): void => {
    const { digest, jobId, purchase } = callback;
    // A team that is not configured now may be again: its callbacks wait.
    if (stopped || underWay.has(digest) || !accounts.has(purchase.team)) return;
    underWay.add(digest);
    followUp(callback)
      .catch((error: unknown) => {
        const fields = { ...nameOf(purchase), job: jobId, error: messageOf(error) };
        log.warn(fields, 'A callback will be followed up later');
      })
      .finally(() => underWay.delete(digest));
  };

  const sweep = (): void => {
    store
      .readOpenCallbacks()
      .then((open) => open.forEach(begin))
      .catch(() => log.warn({}, 'Open callbacks could not be read'))
      .finally(() => {
        if (!stopped) cancelSweep = clock.after(retryMs, sweep);
      });
  };

  sweep();
  return {
    async receive(token, body) {
      const tokenDigest = tokenDigestOf(token);
      const purchase = await store.readPurchaseByToken(tokenDigest);
      const settings = purchase && accounts.get(purchase.team)?.callbacks;
      if (!purchase || !settings) return 'unknown';
      const opened = openCallback(body, settings);
      if (opened === null) return 'malformed';
      const callback: NewCallback = {
        digest: digestOf(tokenDigest, opened.digest),
        jobId: opened.jobId,
        purchase: nameOf(purchase),
      };
      if (await store.recordCallback(callback)) begin({ ...callback, receivedAt: clock.now() });
      return 'accepted';
    },
    async stop() {
      stopped = true;
      cancelSweep();
      await followUps.stop();
    },
  };
}

/** A ciphertext sent with another task's token must not silence the one that comes with its own. */
function digestOf(tokenDigest: string, ciphertextDigest: string): string {
  return createHash('sha256').update(`${tokenDigest} ${ciphertextDigest}`).digest('hex');
}
