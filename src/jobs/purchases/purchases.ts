import {
  type Analysis,
  type HeadSwapTask,
  type Job,
  type TeamId,
  asAnalysis,
  asHeadSwapTask,
} from '../../domain/job.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { sha256 } from '../../runtime/secrets.ts';
import { createTaskSet } from '../../runtime/task-set.ts';
import { inSpan } from '../../runtime/tracing/tracer.ts';
import { attemptOf, type PurchaseKey } from '../../store/purchase.ts';
import type { PurchaseStore } from '../../store/purchase-store.ts';
import { SEND_WITHIN_MS } from '../../upstream/sending/submission-deadlines.ts';
import { accountOf, type Accounts } from '../account.ts';
import type { ReadCredits } from '../credits.ts';
import { aboutJob, noJobTraces, type JobTraces } from '../job-traces.ts';
import type { CreateHeadSwapTaskInput } from '../jobs.ts';
import type { PollPace } from '../polling/schedule.ts';
import { analysisOrder } from './analysis-order.ts';
import { createAttempts, createRecordOutcome, createRecordUntilStored } from './attempt.ts';
import { createKeyHolders } from './key-holder.ts';
import type { CheckUrls, FindJob, Order } from './order.ts';
import { createNoteCredits } from '../note-credits.ts';
import { prepareOrder } from './prepare-order.ts';
import { createSettling, type Settling } from './settle.ts';
import { asGiven, taskOrder } from './task-order.ts';
import { createWaitingCallers, type WaitingCaller } from './waiting-callers.ts';

/**
 * One key, one purchase. AKOOL charges a repeated create twice and offers nothing against it, so
 * the gateway lets at most one request that AKOOL may have accepted leave for a (team, mutation,
 * key). Each try to buy is an attempt with a durable record and an identity of its own; a key is
 * held by one attempt at most.
 *
 *     RESERVED ──► SENDING ──► ACCEPTED
 *        │            ├──────► REJECTED, NOT_SENT
 *        ▼            └──────► UNKNOWN ──► ACCEPTED             (a webhook, a late answer, by hand)
 *     NOT_SENT                    ├──────► REJECTED, NOT_SENT   (a late answer)
 *                                 └──────► ABANDONED            (by hand)
 *                                              └──────► ACCEPTED (a webhook, a late answer)
 *
 * These hold the key:
 * - RESERVED: no socket has been opened. It is made durable before anything else happens.
 * - SENDING: the request may be on the wire. It is made durable before the socket is opened.
 *   Whoever finds one whose process has ended cannot know what happened: it becomes UNKNOWN. One in
 *   RESERVED becomes NOT_SENT.
 * - UNKNOWN: AKOOL may have accepted. Nothing is ever sent again for this key; the task's webhook
 *   settles it, or an operator.
 * - ACCEPTED: AKOOL answered with the job. The record and the job become durable in one step,
 *   before the caller is answered.
 *
 * With these the key is free for another attempt, with another input, too:
 * - REJECTED, NOT_SENT: nothing was bought. The record says why, for those who waited.
 * - ABANDONED: an operator says that nothing was bought. Where it was all the same, see settle.ts.
 *
 * Every move names its attempt, so whatever comes late (an answer, a webhook, a process that stood
 * still and was taken for dead, an operator's command) finds its own attempt or nothing, never a
 * newer one with the same key. A webhook may also settle an attempt in SENDING: it then came before
 * AKOOL's own answer, or instead of it.
 *
 * Callers with the same key and input that come while an attempt is under way attach to it, here
 * and at other instances, and are told what it came to, a refusal, too: it is not for each of them
 * to ask AKOOL again. Who comes later starts a new attempt, if the key is free by then. Only where
 * an attempt ended before anything was sent, and not by AKOOL's word (its process or its store went
 * away), do those who waited elsewhere go on by themselves. An outcome that the store cannot record
 * is held on to and tried again as long as the process lives; until then the record says that the
 * request may be on the wire, which holds the key.
 */
export interface Purchases {
  /**
   * Buys an analysis, attaches to the purchase under way, or tells what became of an earlier one.
   * Throws the ExpectedErrors that the mutation's result union has, and what the store throws.
   * `key`: the caller's, or one that nobody else will ever use.
   */
  buyAnalysis(team: TeamId, videoUrl: string, key: string): Promise<Analysis>;
  /**
   * Buys a head swap task. As `buyAnalysis`; a key that is used or held answers before the analysis
   * is looked up.
   */
  buyTask(team: TeamId, input: CreateHeadSwapTaskInput): Promise<HeadSwapTask>;
  /**
   * What became of the key, sending nothing. Null: unused. Throws OutcomeUnknownError while nobody
   * can tell.
   */
  resultOf(key: PurchaseKey): Promise<Job | null>;
  /** See Settling. The callers that wait here are told. */
  readonly settleWithJob: Settling['settleWithJob'];
  /** Waits for the requests under way. */
  stop(): Promise<void>;
}

export interface PurchasesParts {
  readonly store: PurchaseStore;
  readonly accounts: Accounts;
  readonly clock: Clock;
  /**
   * This machine's, by which upstreams go: unlike the store's it also moves on while the machine
   * sleeps.
   */
  readonly machineClock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly traces?: JobTraces;
  readonly pace: PollPace;
  readonly find: FindJob;
  readonly checkUrls: CheckUrls;
  readonly readCredits: ReadCredits;
  /** Makes the identity of an attempt, unlike every other. */
  readonly newAttempt: () => string;
  /** Makes an unguessable webhook token. */
  readonly newToken: () => string;
  /** How long a caller waits once sending began, in milliseconds. */
  readonly answerWithinMs: number;
  /** How long a record lives, in milliseconds. */
  readonly keepMs: number;
}

export function createPurchases(parts: PurchasesParts): Purchases {
  const { store, accounts, clock, machineClock, random, log, pace, find, checkUrls } = parts;
  const { newAttempt, newToken, answerWithinMs, keepMs, traces = noJobTraces } = parts;
  const { tracer } = traces;
  const underWay = createTaskSet();
  const recordUntilStored = createRecordUntilStored({ clock, log });
  const holders = createKeyHolders({ store, clock, find, answerWithinMs });
  const waiting = createWaitingCallers({ holders, clock, underWay, answerWithinMs });
  const settling = createSettling({ store, accounts, find, clock, random, pace, log });
  const outcome = { store, accounts, log, recordUntilStored, settling, holders };
  const recordOutcome = createRecordOutcome(outcome);
  const noteCredits = createNoteCredits({ store, accounts, readCredits: parts.readCredits, log });
  const attempts = createAttempts({ store, log, recordUntilStored, underWay });

  /** The way down the diagram above. */
  const purchase = async <Input>(order: Order<Input>, caller: WaitingCaller): Promise<Job> => {
    const key = keyOf(order);
    const input = JSON.stringify(order.input);
    const fingerprint = fingerprintOf(order);
    const account = accountOf(accounts, order.team);
    const preparing = { account, find, checkUrls, newToken, clock, log };
    for (;;) {
      const earlier = await holders.answer(key, fingerprint);
      if (earlier !== null) return earlier;
      const ready = await prepareOrder(order, preparing);
      const attempt = { attempt: newAttempt(), ...key };
      const { tokenDigest } = ready;
      // Otherwise another caller was quicker, and this one is answered like it.
      if (await attempts.reserve({ fingerprint, ...attempt, input, tokenDigest, keepMs })) {
        const startBy = machineClock.now() + SEND_WITHIN_MS;
        if (order.kind.takesWebhook) noteCredits(attempt);
        const submission = await attempts.send(attempt, ready, { startBy }, caller.sendingBegan);
        return recordOutcome(attempt, ready.ordered, submission);
      }
    }
  };
  /** It goes on when its caller has been told, so it has a span of its own. */
  const tracedPurchase = <Input>(order: Order<Input>, caller: WaitingCaller): Promise<Job> => {
    if (!tracer.isOn) return purchase(order, caller);
    const options = { name: 'purchase', attributes: { 'gateway.team': order.team } };
    return inSpan(tracer, options, async (span) => {
      const job = await purchase(order, caller);
      span.set(aboutJob(job));
      return job;
    });
  };
  const buy = <Input>(order: Order<Input>): Promise<Job> =>
    waiting.answer(keyOf(order), fingerprintOf(order), (caller) => tracedPurchase(order, caller));

  return {
    buyAnalysis: async (team, videoUrl, key) =>
      asAnalysis(await buy(analysisOrder(team, videoUrl, key))),
    async buyTask(team, input) {
      try {
        return asHeadSwapTask(await buy(taskOrder(team, input)));
      } catch (error) {
        throw asGiven(error, input);
      }
    },
    async resultOf(key) {
      await waiting.over(key);
      return holders.result(key);
    },
    async settleWithJob(attempt, jobId, by) {
      const settlement = await settling.settleWithJob(attempt, jobId, by);
      if (settlement.outcome === 'settled') waiting.tell(attempt, settlement.job);
      return settlement;
    },
    stop: () => underWay.ended(),
  };
}

/**
 * Puts the records that a dead process left behind into the state that is safe to assume, and
 * leaves those of living ones alone. To be awaited before the first purchase, and called again
 * where instances come and go.
 */
export async function recoverPurchases(store: PurchaseStore, log: Log): Promise<void> {
  for (const left of await store.recoverPurchases()) {
    log.warn(
      { ...attemptOf(left), state: left.state },
      'A create was under way when its gateway ended',
    );
  }
}

function keyOf<Input>({ kind: { mutation }, team, key }: Order<Input>): PurchaseKey {
  return { team, mutation, key };
}

/** Equal for equal canonical inputs. */
function fingerprintOf<Input>({ input }: Order<Input>): string {
  return sha256(JSON.stringify(input));
}
