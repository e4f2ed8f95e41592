import { createHash } from 'node:crypto';
import type { Job, JobKey } from '../../domain/job.ts';
import { IdempotencyConflictError, OutcomeUnknownError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { pause } from '../../runtime/pause.ts';
import type { Log } from '../../runtime/log.ts';
import type { NewPurchase, Purchase, PurchaseAttempt, PurchaseKey } from '../../store/purchase.ts';
import { StoreUnavailableError, type AcceptedWrite, type Store } from '../../store/store.ts';
import { defer, type Deferred } from '../../runtime/deferred.ts';
import { createRecordUntilStored } from './record-until-stored.ts';
import { kindOf, nameOf, type Order } from './order.ts';
import { createSendOrder } from './attempt.ts';
import { createSettling } from './settle.ts';
import { errorOf } from './verdict-error.ts';

/**
 * One key, one purchase. AKOOL charges a repeated create twice and offers nothing against it, so the gateway lets at most one
 * request that AKOOL may have accepted leave for a (team, mutation, key). Each try to buy is an attempt with a durable record and an
 * identity of its own; a key is held by one attempt at most.
 *
 *     RESERVED ──► SENDING ──► ACCEPTED
 *        │            ├──────► REJECTED, NOT_SENT
 *        ▼            └──────► UNKNOWN ──► ACCEPTED             (a callback, AKOOL's late answer, or by hand)
 *     NOT_SENT                    ├──────► REJECTED, NOT_SENT   (AKOOL's late answer)
 *                                 └──────► ABANDONED            (by hand) ──► ACCEPTED (a callback or AKOOL's late answer)
 *
 * These hold the key:
 * - RESERVED: no socket has been opened. It is made durable before anything else happens.
 * - SENDING: the request may be on the wire. It is made durable before the socket is opened. Whoever finds one whose
 *   process has ended cannot know what happened: it becomes UNKNOWN. One in RESERVED becomes NOT_SENT.
 * - UNKNOWN: AKOOL may have accepted. Nothing is ever sent again for this key; the task's callback settles it, or an operator.
 * - ACCEPTED: AKOOL answered with the job. The record and the job become durable in one step, before the caller is answered.
 *
 * With these the key is free for another attempt, with another input, too:
 * - REJECTED, NOT_SENT: nothing was bought. The record says why, for those who waited.
 * - ABANDONED: an operator says that nothing was bought. Where it was all the same, see settle.ts.
 *
 * Every move names its attempt, so whatever comes late (an answer, a callback, a process that stood still and was taken for dead,
 * an operator's command) finds its own attempt or nothing, never a newer one with the same key. A callback may also settle an
 * attempt in SENDING: it then came before AKOOL's own answer, or instead of it.
 *
 * A caller waits until the outcome is known, but no longer than `answerWithinMs` after sending began; the request is listened
 * to beyond that (120 s in all), whether or not a caller is left. Callers with the same key and input that come meanwhile attach
 * to the attempt, here and at other instances, and are told what it came to, a refusal, too: it is not for each of them to
 * ask AKOOL again. Who comes later starts a new attempt, if the key is free by then. Only where an attempt ended before anything
 * was sent, and not by AKOOL's word (its process or its store went away), do those who waited elsewhere go on by themselves. An
 * outcome that the store cannot record is held on to and tried again as long as the process lives; until then the record says
 * that the request may be on the wire, which holds the key.
 */
export interface Purchases {
  /**
   * Buys, attaches to the purchase under way, or tells what became of an earlier one. Resolves to the job; throws the
   * ExpectedErrors of contract promise 4, whatever `prepare` throws, and what the store throws.
   */
  buy(order: Order): Promise<Job>;
  /** What became of the key, sending nothing. Null: unused. Throws OutcomeUnknownError while nobody can tell. */
  resultOf(key: PurchaseKey): Promise<Job | null>;
  /**
   * AKOOL turned out to have accepted this attempt, and to have made this job. Null when the attempt is not open (any more), or
   * the job belongs to another purchase. See Settling.
   */
  settle(attempt: PurchaseAttempt, accepted: AcceptedWrite): Promise<Job | null>;
  /**
   * Puts the records that a dead process left behind into the state that is safe to assume, and leaves those of living ones alone.
   * To be awaited before the first buy, and called again where instances come and go.
   */
  recover(): Promise<void>;
  /** Waits for the requests under way. */
  stop(): Promise<void>;
}

/** What the purchases are made of. */
export interface PurchasesParts {
  readonly store: Store;
  readonly clock: Clock;
  /** This machine's, by which upstreams go: unlike the store's it also moves on while the machine sleeps. */
  readonly machineClock: Clock;
  readonly log: Log;
  /** The job in its present state. */
  readonly present: (key: JobKey) => Promise<Job | null>;
  /** AKOOL turned a submission away and asks the account to pause, in ms. */
  readonly onLimited: (key: PurchaseKey, pauseMs: number) => void;
  /** Makes the identity of an attempt, unlike every other. */
  readonly newAttempt: () => string;
  /** Contract §3, `UPSTREAM_TIMEOUT_MS`. */
  readonly answerWithinMs: number;
  /** Contract §3, `PURCHASE_KEEP_DAYS`, in ms. */
  readonly keepMs: number;
}

/** An order that has not been answered yet. */
interface Waiting {
  readonly fingerprint: string;
  readonly answer: Deferred<Job>;
  /** The attempt that this order made; null: none (yet). */
  attempt: string | null;
}

/** The purchases of one process. */
export function createPurchases(parts: PurchasesParts): Purchases {
  const { store, clock, log, present, newAttempt, answerWithinMs, keepMs } = parts;
  const waiting = new Map<string, Waiting>();
  const underWay = new Set<Promise<void>>();
  const persist = createRecordUntilStored({ clock, log });

  const run = async (order: Order, mine: Waiting): Promise<void> => {
    const { key, input, tokenDigest } = order;
    const { fingerprint, answer } = mine;
    for (;;) {
      const holder = await store.readPurchase(key);
      const bought = holder && (await answerOf(holder, fingerprint));
      if (bought !== null) {
        answer.resolve(bought);
        return;
      }
      const prepared = await order.prepare();
      const attempt = { ...key, attempt: newAttempt() };
      if (await reserve({ ...attempt, fingerprint, input, tokenDigest, keepMs }, answer)) {
        mine.attempt = attempt.attempt;
        await sendOrder(attempt, prepared, answer);
        return;
      }
    }
  };

  /** Whether the key was taken. Where the store cannot tell, it is given back once it can, lest it be held for nothing. */
  const reserve = async (order: NewPurchase, answer: Deferred<Job>): Promise<boolean> => {
    try {
      return (await store.reservePurchase(order)).taken;
    } catch (error) {
      answer.reject(error);
      if (error instanceof StoreUnavailableError) {
        await persist(order, () => store.movePurchase(order, ['RESERVED'], 'NOT_SENT'));
      }
      throw error;
    }
  };

  const settling = createSettling({
    store,
    log,
    onSettled(attempt, job) {
      const holder = waiting.get(textOf(attempt));
      if (holder?.attempt === attempt.attempt) holder.answer.resolve(job);
    },
  });

  /** What the attempt that holds its key comes to, for one more request with that key; null: nothing was sent, and the key is free. */
  const answerOf = async (holder: Purchase, fingerprint: string): Promise<Job | null> => {
    if (holder.fingerprint !== fingerprint) throw new IdempotencyConflictError();
    const ended = await endOf(holder);
    if (ended.verdict !== null) throw errorOf(ended.verdict);
    return isFreed(ended) ? null : jobOf(ended);
  };

  /** The attempt once its outcome is known, or nobody waits for that any more. */
  const endOf = async (attempt: Purchase): Promise<Purchase> => {
    let isOver = false;
    // The clock may be set back meanwhile.
    const cancelWait = clock.after(answerWithinMs, () => {
      isOver = true;
    });
    let latest = attempt;
    try {
      // Also when it is another instance that sends: its own callers are told by then.
      while (isUnderWay(latest) && !isOver && clock.now() < latest.updatedAt + answerWithinMs) {
        await pause(clock, LOOK_AGAIN_MS);
        const found = await store.readAttempt(latest.attempt);
        // Forgotten while it was waited for: nobody can tell what it came to.
        if (found === null) break;
        latest = found;
      }
    } finally {
      cancelWait();
    }
    return latest;
  };

  /** The job of an attempt, in its present state. Throws OutcomeUnknownError when there is none (yet). */
  const jobOf = async (attempt: Purchase): Promise<Job> => {
    const { team, state, jobId: id, key } = attempt;
    const kind = kindOf(attempt);
    const job = state === 'ACCEPTED' && id !== null ? await present({ team, kind, id }) : null;
    if (job === null) throw new OutcomeUnknownError(kind, key);
    return job;
  };

  const sendOrder = createSendOrder({
    ...parts,
    persist,
    settling,
    async recorded({ attempt }) {
      const record = await store.readAttempt(attempt);
      return record?.state === 'ACCEPTED' ? jobOf(record) : null;
    },
  });

  const begin = (order: Order, fingerprint: string): Promise<Job> => {
    const text = textOf(order.key);
    const answer = defer<Job>();
    const mine: Waiting = { fingerprint, answer, attempt: null };
    const answered = (): void => {
      if (waiting.get(text) === mine) waiting.delete(text);
    };
    waiting.set(text, mine);
    answer.promise.then(answered, answered);
    const done = run(order, mine)
      .catch((error: unknown) => answer.reject(error))
      .finally(() => underWay.delete(done));
    underWay.add(done);
    return answer.promise;
  };

  return {
    async buy(order) {
      const fingerprint = createHash('sha256').update(order.input).digest('hex');
      const before = waiting.get(textOf(order.key));
      if (before === undefined) return begin(order, fingerprint);
      if (before.fingerprint === fingerprint) return before.answer.promise;
      // It may be the other one that is in conflict with the record.
      const holder = await store.readPurchase(order.key);
      const job = holder && (await answerOf(holder, fingerprint));
      if (job === null) throw new IdempotencyConflictError();
      return job;
    },
    async resultOf(key) {
      await waiting.get(textOf(key))?.answer.promise.catch(() => undefined);
      const holder = await store.readPurchase(key);
      if (holder === null) return null;
      const ended = await endOf(holder);
      return isFreed(ended) ? null : jobOf(ended);
    },
    settle: (attempt, accepted) => settling.settle(attempt, accepted),
    async recover() {
      for (const purchase of await store.recoverPurchases()) {
        log.warn(
          { ...nameOf(purchase), state: purchase.state },
          'A create was under way when its gateway ended',
        );
      }
    },
    async stop() {
      await Promise.all(underWay);
    },
  };
}

/** How often to look what became of a purchase that another instance has under way. */
const LOOK_AGAIN_MS = 100;

function isUnderWay({ state }: Purchase): boolean {
  return state === 'RESERVED' || state === 'SENDING';
}

function isFreed({ state }: Purchase): boolean {
  return state === 'REJECTED' || state === 'NOT_SENT';
}

function textOf({ team, mutation, key }: PurchaseKey): string {
  return JSON.stringify([team, mutation, key]);
}
