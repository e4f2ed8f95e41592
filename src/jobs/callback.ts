import type { Job } from '../domain/job.ts';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { NewCallback, Purchase, Store } from '../store/store.ts';
import { openCallback } from '../upstream/callback-crypto.ts';
import { accountOf, type Accounts } from './account.ts';
import { tokenDigestOf } from './callback-token.ts';
import type { ReadBack } from './read-back.ts';

/**
 * AKOOL's callbacks as doorbells. A callback proves little: its signature holds no secret and its ciphertext can be replayed
 * and bent. So nothing it says is ever shown. What it does:
 *
 *     token known? ── no ──► unknown
 *         │ yes
 *     opens with the account's key? ── no ──► malformed   (one answer for every way to be malformed)
 *         │ yes
 *     recorded durably, once per ciphertext ──► accepted
 *         │ first time
 *     followed up: the job is read back from AKOOL, and what AKOOL says there goes through the tracker
 *
 * The token names the purchase it was made for. Where that purchase already has its job, a callback that names another one is
 * ignored. Where its outcome is still open, the named task is read back, and when it is of the very video that was ordered, it
 * settles the purchase. What could not be followed up (AKOOL away, a crash) is followed up later: callbacks stay open in the
 * store until then.
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

/** Starts following up what an earlier process left open. */
export function startCallbacks(parts: CallbacksParts): Callbacks {
  const { store, accounts, readBack, clock, log, retryMs } = parts;
  const underWay = new Map<string, Promise<void>>();
  let stopped = false;
  let cancelSweep: CancelTimer = () => undefined;

  const followUp = async (callback: NewCallback): Promise<void> => {
    const { purchase: key, jobId, digest } = callback;
    const purchase = await store.readPurchase(key);
    const verdict = purchase === null ? 'no such purchase' : await ring(purchase, jobId);
    if (verdict !== null) log.warn({ ...key, job: jobId, verdict }, 'A callback was ignored');
    await store.closeCallback(digest);
  };

  /** Reads back what the callback rang for. Resolves to why it was ignored, or null. Throws when it must be tried again. */
  const ring = async (purchase: Purchase, jobId: string): Promise<string | null> => {
    switch (purchase.state) {
      case 'ACCEPTED':
        if (purchase.jobId !== jobId) return 'it names a task that this token is not for';
        await readBack.refresh({ team: purchase.team, kind: 'HEAD_SWAP_TASK', id: jobId });
        return null;
      case 'SENDING':
      case 'UNKNOWN': {
        const settled: Job | null = await readBack.settle(purchase, jobId);
        return settled === null ? 'the task it names is not the one ordered' : null;
      }
      case 'RESERVED':
      case 'REJECTED':
      case 'NOT_SENT':
        return `nothing was bought: the purchase is ${purchase.state}`;
    }
  };

  const begin = (callback: NewCallback): void => {
    const { digest } = callback;
    if (stopped || underWay.has(digest)) return;
    const done = followUp(callback)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : 'unknown error';
        log.warn({ job: callback.jobId, error: message }, 'A callback will be followed up later');
      })
      .finally(() => underWay.delete(digest));
    underWay.set(digest, done);
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
      const purchase = await store.readPurchaseByToken(tokenDigestOf(token));
      const settings = purchase && accountOf(accounts, purchase.team).callbacks;
      if (!purchase || !settings) return 'unknown';
      const opened = openCallback(body, settings);
      if (opened === null) return 'malformed';
      const { digest, jobId } = opened;
      const { team, mutation, key } = purchase;
      const callback = { digest, jobId, purchase: { team, mutation, key } };
      if (await store.recordCallback(callback)) begin(callback);
      return 'accepted';
    },
    async stop() {
      stopped = true;
      cancelSweep();
      await Promise.all(underWay.values());
    },
  };
}
