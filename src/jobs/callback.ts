import { createHash } from 'node:crypto';
import type { JobKey } from '../domain/job.ts';
import { isFinal } from '../domain/status.ts';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { NewCallback, PurchaseKey, Store } from '../store/store.ts';
import { openCallback } from '../upstream/callback-crypto.ts';
import type { Accounts } from './account.ts';
import { tokenDigestOf } from './callback-token.ts';
import { createCoalescer } from './coalesce.ts';
import { kindOf } from './purchase-order.ts';
import type { ReadBack } from './read-back.ts';

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
 *     followed up: the job is read back from AKOOL, and what AKOOL says there goes through the tracker
 *
 * The token names the purchase it was made for. Where that purchase already has its job, a callback that names another one is
 * ignored. Where its outcome is still open, the named task is read back, and when it is of the very video that was ordered, it
 * settles the purchase. Rings for one job are coalesced: at most one follow-up begins per second, rings that come before it
 * share it, and the last ring is always followed by one. What could not be followed up (AKOOL away, a crash) is followed up
 * later: callbacks stay open in the store until then.
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

/** Starts following up what an earlier process left open. */
export function startCallbacks(parts: CallbacksParts): Callbacks {
  const { store, accounts, readBack, clock, log, retryMs } = parts;
  const followUps = createCoalescer(clock, FOLLOW_UP_MS);
  const underWay = new Set<string>();
  let stopped = false;
  let cancelSweep: CancelTimer = () => undefined;

  const refresh = async (job: JobKey): Promise<void> => {
    const [stored] = await store.readJobs([job]);
    if (stored === undefined || !isFinal(stored.job.status)) await readBack.refresh(job);
  };

  /** Reads back what was rung for. Resolves to why it was ignored, or null. Throws when it must be tried again. */
  const ring = async (key: PurchaseKey, jobId: string): Promise<string | null> => {
    const purchase = await store.readPurchase(key);
    switch (purchase?.state) {
      case 'ACCEPTED':
        if (purchase.jobId !== jobId) return 'it names a task that this token is not for';
        await refresh({ team: key.team, kind: kindOf(key), id: jobId });
        return null;
      case 'SENDING':
      case 'UNKNOWN':
        if ((await readBack.settle(purchase, jobId)) !== null) return null;
        // AKOOL's own answer may have come in between.
        if ((await store.readPurchase(key))?.state === 'ACCEPTED') return ring(key, jobId);
        return 'the task it names is not the one ordered';
      case 'RESERVED':
      case 'REJECTED':
      case 'NOT_SENT':
        return `nothing was bought: the purchase is ${purchase.state}`;
      case undefined:
        return 'its purchase is forgotten';
    }
  };

  const followUp = async ({ purchase: key, jobId, digest }: NewCallback): Promise<void> => {
    await followUps.run(JSON.stringify([key.team, key.mutation, key.key, jobId]), async () => {
      const verdict = await ring(key, jobId);
      if (verdict !== null) log.warn({ ...key, job: jobId, verdict }, 'A callback was ignored');
    });
    await store.closeCallback(digest);
  };

  const begin = (callback: NewCallback): void => {
    const { digest, jobId, purchase } = callback;
    // A team that is not configured now may be again: its callbacks wait.
    if (stopped || underWay.has(digest) || !accounts.has(purchase.team)) return;
    underWay.add(digest);
    followUp(callback)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : 'unknown error';
        log.warn({ job: jobId, error: message }, 'A callback will be followed up later');
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
      const { team, mutation, key } = purchase;
      const callback: NewCallback = {
        digest: digestOf(tokenDigest, opened.digest),
        jobId: opened.jobId,
        purchase: { team, mutation, key },
      };
      if (await store.recordCallback(callback)) begin(callback);
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
