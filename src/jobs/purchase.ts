import { createHash } from 'node:crypto';
import type { Job, JobKey } from '../domain/job.ts';
import { IdempotencyConflictError, OutcomeUnknownError } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { AcceptedWrite, Purchase, PurchaseKey, Store } from '../store/store.ts';
import { defer, type Deferred } from './deferred.ts';
import type { Hub } from './hub.ts';
import { kindOf, type Order } from './purchase-order.ts';
import { createSendOrder } from './send-order.ts';

/**
 * One key, one purchase. AKOOL charges a repeated create twice and offers nothing against it, so the gateway keeps a durable
 * record per (team, mutation, key) and lets at most one request that AKOOL may have accepted leave for it.
 *
 *     (none) ──► RESERVED ──► SENDING ──► ACCEPTED
 *        ▲           │           ├──────► UNKNOWN ──► ACCEPTED   (a callback, or by hand)
 *        │           ▼           │           └──────► NOT_SENT   (abandoned by hand)
 *        └─ NOT_SENT, REJECTED ◄─┘
 *
 * - RESERVED: the key is taken; no socket has been opened. It is made durable before anything else happens.
 * - SENDING: the request may be on the wire. It is made durable before the socket is opened. Whoever finds one whose
 *   process has ended cannot know what happened: it becomes UNKNOWN. One in RESERVED becomes NOT_SENT.
 * - ACCEPTED: AKOOL answered with the job. The record and the job become durable in one step, before the caller is answered.
 * - REJECTED, NOT_SENT: nothing was bought. The key is free again, for another input too.
 * - UNKNOWN: AKOOL may have accepted. Nothing is ever sent again for this key; the task's callback settles it, or an operator.
 *
 * A callback may also settle a record in SENDING: it then came before AKOOL's own answer, or instead of it.
 *
 * A caller waits until the outcome is known, but no longer than `answerWithinMs` after sending began; the request is listened
 * to beyond that (120 s in all), whether or not a caller is left. Callers with the same key and input that come while others
 * wait join them, here and at other instances; from the first answer on it is the record that answers. Where the others' turned
 * out not to be bought, whoever waited at another instance goes on and buys. An outcome that the store cannot record is held on
 * to and tried again for two minutes; until then the record says that the request may be on the wire, which holds the key.
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
   * AKOOL turned out to have accepted it: `job` is what it made. Null when the record is not open (any more), or the job
   * belongs to another purchase.
   */
  settle(key: PurchaseKey, accepted: AcceptedWrite): Promise<Job | null>;
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
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  /** The job in its present state. */
  readonly present: (key: JobKey) => Promise<Job | null>;
  /** A job was made that wants looking at. */
  readonly onAccepted: () => void;
  /** AKOOL turned a submission away and asks the account to pause, in ms. */
  readonly onLimited: (key: PurchaseKey, pauseMs: number) => void;
  /** Contract §3, `UPSTREAM_TIMEOUT_MS`. */
  readonly answerWithinMs: number;
  /** Contract §3, `PURCHASE_KEEP_DAYS`, in ms. */
  readonly keepMs: number;
}

/** An order that has not been answered yet. */
interface Waiting {
  readonly fingerprint: string;
  readonly answer: Deferred<Job>;
  /** Whether it is this order that holds the key. */
  holdsKey: boolean;
}

/** The purchases of one process. */
export function createPurchases(parts: PurchasesParts): Purchases {
  const { store, hub, clock, log, present, onAccepted, answerWithinMs, keepMs } = parts;
  const waiting = new Map<string, Waiting>();
  const underWay = new Set<Promise<void>>();

  const run = async (order: Order, mine: Waiting): Promise<void> => {
    const { key, input, tokenDigest } = order;
    const { fingerprint, answer } = mine;
    for (;;) {
      const earlier = await readTaken(key);
      const bought = earlier && (await answerOf(earlier, fingerprint));
      if (bought !== null) {
        answer.resolve(bought);
        return;
      }
      const prepared = await order.prepare();
      const reservation = { ...key, fingerprint, input, tokenDigest, keepMs };
      const { taken } = await store.reservePurchase(reservation);
      if (taken) {
        mine.holdsKey = true;
        await sendOrder(key, prepared, answer);
        return;
      }
    }
  };

  const settle = async (key: PurchaseKey, accepted: AcceptedWrite): Promise<Job | null> => {
    const moved = await store.movePurchase(key, ['SENDING', 'UNKNOWN'], 'ACCEPTED', accepted);
    if (moved === null) return null;
    const job = moved.job?.job ?? accepted.job;
    hub.publish(job);
    onAccepted();
    const holder = waiting.get(textOf(key));
    if (holder?.holdsKey) holder.answer.resolve(job);
    return job;
  };

  /** What a record that holds its key says to one more request; null: the key turned out free. */
  const answerOf = async (purchase: Purchase, fingerprint: string): Promise<Job | null> => {
    if (purchase.fingerprint !== fingerprint) throw new IdempotencyConflictError();
    return resultOf(purchase);
  };

  /** The record once its outcome is known, or nobody waits for that any more; null: the key is free. */
  const decided = async (purchase: Purchase): Promise<Purchase | null> => {
    let latest: Purchase | null = purchase;
    while (latest !== null && isUnderWay(latest)) {
      // Also when it is another instance that sends: its own callers are told by then.
      if (clock.now() >= latest.updatedAt + answerWithinMs) return latest;
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
      latest = await readTaken(latest);
    }
    return latest;
  };

  /**
   * The job of a record that holds its key; null: the key turned out free. Waits while the purchase is under way. Throws
   * OutcomeUnknownError when there is no job yet.
   */
  const resultOf = async (taken: Purchase): Promise<Job | null> => {
    const purchase = await decided(taken);
    if (purchase === null) return null;
    const { team, state, jobId: id, key } = purchase;
    const job =
      state === 'ACCEPTED' && id !== null
        ? await present({ team, kind: kindOf(purchase), id })
        : null;
    if (job === null) throw new OutcomeUnknownError(key);
    return job;
  };

  /** The record of a key that is taken; null: free. */
  const readTaken = async (key: PurchaseKey): Promise<Purchase | null> => {
    const purchase = await store.readPurchase(key);
    return purchase === null || isFree(purchase) ? null : purchase;
  };

  const recorded = async (key: PurchaseKey): Promise<Job | null> => {
    const taken = await readTaken(key);
    return taken && resultOf(taken);
  };

  const sendOrder = createSendOrder({ ...parts, settle, recorded });

  const begin = (order: Order, fingerprint: string): Promise<Job> => {
    const text = textOf(order.key);
    const answer = defer<Job>();
    const mine: Waiting = { fingerprint, answer, holdsKey: false };
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
      const taken = await readTaken(order.key);
      const job = taken && (await answerOf(taken, fingerprint));
      if (job === null) throw new IdempotencyConflictError();
      return job;
    },
    async resultOf(key) {
      await waiting.get(textOf(key))?.answer.promise.catch(() => undefined);
      return recorded(key);
    },
    settle,
    async recover() {
      for (const { team, mutation, key, state } of await store.recoverPurchases()) {
        log.warn({ team, mutation, key, state }, 'A create was under way when its gateway ended');
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

function isFree({ state }: Purchase): boolean {
  return state === 'REJECTED' || state === 'NOT_SENT';
}

function textOf({ team, mutation, key }: PurchaseKey): string {
  return JSON.stringify([team, mutation, key]);
}
