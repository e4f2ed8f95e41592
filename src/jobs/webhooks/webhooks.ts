import { repeat, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import { sha256 } from '../../runtime/secrets.ts';
import { errorType, inSpan } from '../../runtime/tracing/tracer.ts';
import { attemptOf, boughtBy } from '../../store/purchase.ts';
import type { Store } from '../../store/store.ts';
import type { OpenWebhook } from '../../store/webhook-store.ts';
import { decryptWebhook } from '../../upstream/webhook-crypto.ts';
import type { Accounts } from '../account.ts';
import { aboutJob, noJobTraces, type JobTraces } from '../job-traces.ts';
import type { Polling } from '../polling/polling.ts';
import type { Purchases } from '../purchases/purchases.ts';
import { createFollowUps } from './follow-ups.ts';

/**
 * AKOOL's webhooks as doorbells. A webhook proves little: its signature holds no secret and its
 * ciphertext can be replayed and bent. So nothing it says is ever shown. What it does:
 *
 *     token known? ── no ──► unknown
 *         │ yes
 *     opens with the account's key? ── no ──► malformed, in whichever way
 *         │ yes
 *     recorded durably, once per token and ciphertext ──► accepted
 *         │ first time
 *     followed up: the job is read back from AKOOL, and what AKOOL says there goes
 *     through the job writer
 *
 * The token names the attempt it was made for, and nothing that comes with it touches another one
 * with the same key. What could not be followed up (AKOOL away, a crash) is followed up later:
 * webhooks stay open in the store until then.
 */
export interface Webhooks {
  /** Takes one POST. Throws what the store throws, and then it must not be answered with 200. */
  receive(token: string, body: Uint8Array): Promise<WebhookVerdict>;
  /** Ends the follow-ups and waits for those under way. */
  stop(): Promise<void>;
}

/**
 * What to answer: 200 for accepted, 404 for unknown, and the same refusal for everything malformed.
 */
export type WebhookVerdict = 'accepted' | 'unknown' | 'malformed';

export interface WebhooksParts {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly polling: Pick<Polling, 'refresh' | 'lastKnown'>;
  readonly purchases: Pick<Purchases, 'settleWithJob'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly traces?: JobTraces;
  /** How often open webhooks are followed up again, in milliseconds. */
  readonly retryMs: number;
}

/** Starts following up what an earlier process left open. */
export function startWebhooks(parts: WebhooksParts): Webhooks {
  const { store, accounts, clock, log, traces = noJobTraces, retryMs } = parts;
  const followUps = createFollowUps(parts);
  const underWay = new Set<string>();
  let stopped = false;

  const begin = (webhook: OpenWebhook, boughtJob: string | null = null): void => {
    const { digest, jobId, purchase } = webhook;
    // A team that is not configured now may be again: its webhooks wait.
    if (stopped || underWay.has(digest) || !accounts.has(purchase.team)) return;
    underWay.add(digest);
    const job = { team: purchase.team, kind: boughtBy(purchase.mutation), id: jobId };
    const span = {
      name: 'follow up webhook',
      links: traces.latest(job),
      attributes: aboutJob(job),
    };
    void inSpan(traces.tracer, span, (active) =>
      followUps.followUp(webhook, boughtJob).catch((error: unknown) => {
        // The next process finds it open.
        if (stopped) return;
        const fields = { ...attemptOf(purchase), job: jobId, error: messageOf(error) };
        log.warn(fields, 'A webhook will be followed up later');
        active.fail(errorType(error));
      }),
    ).finally(() => underWay.delete(digest));
  };

  const stopSweeping = repeat({
    clock,
    firstMs: 0,
    everyMs: retryMs,
    work: async () => (await store.readOpenWebhooks()).forEach((webhook) => begin(webhook)),
    onError: () => log.warn({}, 'Open webhooks could not be read'),
  });

  return {
    async receive(token, body) {
      const tokenDigest = sha256(token);
      const purchase = await store.readPurchaseByToken(tokenDigest);
      const settings = purchase && accounts.get(purchase.team)?.webhooks;
      if (!purchase || !settings) return 'unknown';
      const decrypted = decryptWebhook(body, settings);
      if (decrypted === null) return 'malformed';
      const webhook = {
        // A ciphertext sent with another task's token must not silence the one that comes with its
        // own.
        digest: sha256(`${tokenDigest} ${decrypted.digest}`),
        jobId: decrypted.jobId,
        purchase: attemptOf(purchase),
      };
      if (await store.recordWebhook(webhook)) {
        begin({ ...webhook, receivedAt: clock.now() }, purchase.jobId);
      }
      return 'accepted';
    },
    async stop() {
      stopped = true;
      stopSweeping();
      await followUps.stop();
    },
  };
}
