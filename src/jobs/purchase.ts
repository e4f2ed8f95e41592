import { createHash } from 'node:crypto';
import type { Job, JobKey } from '../domain/job.ts';
import {
  AkoolRejectedError,
  AkoolUnavailableError,
  BillingError,
  IdempotencyConflictError,
  OutcomeUnknownError,
} from '../domain/errors.ts';
import type { Observation } from '../domain/observation.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import {
  StoreUnavailableError,
  type Purchase,
  type PurchaseKey,
  type Store,
  type StoredJob,
} from '../store/store.ts';
import type { Submission } from '../upstream/upstream.ts';
import type { Hub } from './hub.ts';

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
 * - SENDING: the request may be on the wire. It is made durable before the socket is opened. A process that starts and finds
 *   a record in SENDING cannot know what happened: it becomes UNKNOWN. One in RESERVED becomes NOT_SENT.
 * - ACCEPTED: AKOOL answered with the job. The record and the job become durable in one step, before the caller is answered.
 * - REJECTED, NOT_SENT: nothing was bought. The key is free again, for another input too.
 * - UNKNOWN: AKOOL may have accepted. Nothing is ever sent again for this key; the task's callback settles it, or an operator.
 *
 * A caller waits until the outcome is known, but no longer than `answerWithinMs` after sending began; the request is listened
 * to beyond that (120 s in all), whether or not a caller is left. Callers with the same key and input that come meanwhile
 * attach to it.
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
  settle(key: PurchaseKey, accepted: AcceptedJob): Promise<Job | null>;
  /** Puts the records that a dead process left behind into the state that is safe to assume. To be awaited before the first buy. */
  recover(): Promise<void>;
  /** Waits for the requests under way. */
  stop(): Promise<void>;
}

/** A purchase to be made. */
export interface Order {
  readonly key: PurchaseKey;
  /** The canonical input: equal for inputs that mean the same. JSON. */
  readonly input: string;
  /** SHA-256 of the webhook token, hex; null: no webhook. */
  readonly tokenDigest: string | null;
  /** Checks what can be checked without buying; throws when it must not be bought. Runs only for a key that is free. */
  readonly prepare: () => Promise<PreparedOrder>;
}

/** An order that may be sent. */
export interface PreparedOrder {
  /** Sends it, once. See Upstream for `beforeSend`. */
  readonly send: (beforeSend: () => Promise<void>) => Promise<Submission<Observation>>;
  /** The job that an accepted submission makes. */
  readonly accept: (seen: Observation) => AcceptedJob;
}

/** A job that AKOOL made for a purchase, and when to look at it next. */
export type AcceptedJob = Pick<StoredJob, 'job'> & { readonly schedule: AcceptedSchedule };
type AcceptedSchedule = Omit<StoredJob['schedule'], 'watchedUntil'>;

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

/** How often an outcome that the store could not record is tried again, and how many times. */
const RECORD_AGAIN_MS = 1000;
const RECORD_TRIES = 120;

interface UnderWay {
  readonly fingerprint: string;
  /** What attached callers get: the outcome, or OutcomeUnknownError once it took too long. */
  readonly answer: Deferred<Job>;
  /** Ends when the request has been settled for good. */
  readonly done: Promise<void>;
}

/** The purchases of one process. */
export function createPurchases(parts: PurchasesParts): Purchases {
  const { store, hub, clock, log, present, onAccepted, onLimited, answerWithinMs, keepMs } = parts;
  const underWay = new Map<string, UnderWay>();

  const run = async (order: Order, fingerprint: string, answer: Deferred<Job>): Promise<void> => {
    const { key, input, tokenDigest } = order;
    const earlier = await store.readPurchase(key);
    if (earlier !== null && !isFree(earlier)) {
      answer.resolve(await answerOf(earlier, fingerprint));
      return;
    }
    const prepared = await order.prepare();
    const reservation = { ...key, fingerprint, input, tokenDigest, keepMs };
    const { taken, purchase } = await store.reservePurchase(reservation);
    if (!taken) {
      answer.resolve(await answerOf(purchase, fingerprint));
      return;
    }
    await sendAndSettle(key, prepared, answer);
  };

  const sendAndSettle = async (
    key: PurchaseKey,
    prepared: PreparedOrder,
    answer: Deferred<Job>,
  ): Promise<void> => {
    let cancelDeadline = (): void => undefined;
    let submission: Submission<Observation>;
    try {
      submission = await prepared.send(async () => {
        const moved = await store.movePurchase(key, ['RESERVED'], 'SENDING');
        if (moved === null) throw new TypeError('A reserved purchase was moved by somebody else');
        cancelDeadline = clock.after(answerWithinMs, () =>
          answer.reject(new OutcomeUnknownError(key.key)),
        );
      });
    } catch (error) {
      // Only what `beforeSend` or the way to it threw arrives here: nothing was sent.
      await store.movePurchase(key, ['RESERVED', 'SENDING'], 'NOT_SENT').catch(() => undefined);
      throw error;
    }
    try {
      answer.resolve(await settleSubmission(key, submission, prepared));
    } finally {
      cancelDeadline();
    }
  };

  /** Records what AKOOL answered, and turns it into the caller's answer. */
  const settleSubmission = async (
    key: PurchaseKey,
    submission: Submission<Observation>,
    prepared: PreparedOrder,
  ): Promise<Job> => {
    switch (submission.outcome) {
      case 'accepted':
        return recordAccepted(key, prepared.accept(submission.observation));
      case 'billing':
        await persist(key, () => store.movePurchase(key, ['SENDING'], 'REJECTED'));
        throw new BillingError(submission.code, submission.message);
      case 'rejected':
        await persist(key, () => store.movePurchase(key, ['SENDING'], 'REJECTED'));
        throw new AkoolRejectedError(submission.code, submission.message);
      case 'unavailable':
        await persist(key, () => store.movePurchase(key, ['RESERVED', 'SENDING'], 'NOT_SENT'));
        if (submission.pauseMs !== null) onLimited(key, submission.pauseMs);
        throw new AkoolUnavailableError(wholeSeconds(submission.pauseMs));
      case 'unknown': {
        log.warn(
          { ...key, reason: submission.reason },
          'The outcome of a create is unknown; its key is held',
        );
        const moved = await persist(key, () => store.movePurchase(key, ['SENDING'], 'UNKNOWN'));
        // A callback may have settled it before AKOOL's answer was given up.
        const settled = moved === null ? await resultOf(key) : null;
        if (settled !== null) return settled;
        throw new OutcomeUnknownError(key.key);
      }
    }
  };

  const recordAccepted = async (key: PurchaseKey, accepted: AcceptedJob): Promise<Job> => {
    const job = (await persist(key, () => settle(key, accepted))) ?? (await resultOf(key));
    if (job === null) throw new OutcomeUnknownError(key.key);
    if (job.id !== accepted.job.id) {
      log.error(
        { ...key, settled: job.id, answered: accepted.job.id },
        'AKOOL answered a create with another job than its callback named',
      );
    }
    return job;
  };

  /** What AKOOL decided must not be forgotten because the store is away for a while: tries again while it is. */
  const persist = async <Result>(
    key: PurchaseKey,
    step: () => Promise<Result>,
  ): Promise<Result> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof StoreUnavailableError) || tries === RECORD_TRIES) throw error;
        log.error({ ...key }, 'The outcome of a create could not be recorded; trying again');
        await new Promise<void>((resolve) => clock.after(RECORD_AGAIN_MS, resolve));
      }
    }
  };

  const settle = async (key: PurchaseKey, accepted: AcceptedJob): Promise<Job | null> => {
    const moved = await store.movePurchase(key, ['SENDING', 'UNKNOWN'], 'ACCEPTED', accepted);
    if (moved === null) return null;
    const job = moved.job?.job ?? accepted.job;
    hub.publish(job);
    onAccepted();
    underWay.get(textOf(key))?.answer.resolve(job);
    return job;
  };

  /** What a record that holds its key says to one more request. */
  const answerOf = async (purchase: Purchase, fingerprint: string): Promise<Job> => {
    if (purchase.fingerprint !== fingerprint) throw new IdempotencyConflictError();
    const job = await jobOf(purchase);
    if (job === null) throw new OutcomeUnknownError(purchase.key);
    return job;
  };

  const jobOf = async (purchase: Purchase): Promise<Job | null> => {
    if (purchase.state !== 'ACCEPTED' || purchase.jobId === null) return null;
    return present({ team: purchase.team, kind: kindOf(purchase), id: purchase.jobId });
  };

  const resultOf = async (key: PurchaseKey): Promise<Job | null> => {
    const purchase = await store.readPurchase(key);
    if (purchase === null || isFree(purchase)) return null;
    const job = await jobOf(purchase);
    if (job === null) throw new OutcomeUnknownError(key.key);
    return job;
  };

  return {
    buy(order) {
      const text = textOf(order.key);
      const fingerprint = createHash('sha256').update(order.input).digest('hex');
      const running = underWay.get(text);
      if (running !== undefined) {
        if (running.fingerprint !== fingerprint) {
          return Promise.reject(new IdempotencyConflictError());
        }
        return running.answer.promise;
      }
      const answer = defer<Job>();
      const done = run(order, fingerprint, answer)
        .catch((error: unknown) => answer.reject(error))
        .finally(() => underWay.delete(text));
      underWay.set(text, { fingerprint, answer, done });
      return answer.promise;
    },
    resultOf: (key) => underWay.get(textOf(key))?.answer.promise ?? resultOf(key),
    settle,
    async recover() {
      for (const purchase of await store.listPurchases(['RESERVED', 'SENDING'])) {
        const { state } = purchase;
        await store.movePurchase(purchase, [state], state === 'SENDING' ? 'UNKNOWN' : 'NOT_SENT');
        const { team, mutation, key } = purchase;
        log.warn({ team, mutation, key, state }, 'A create was under way when the gateway ended');
      }
    },
    async stop() {
      await Promise.all([...underWay.values()].map(({ done }) => done));
    },
  };
}

/** The kind of job that a purchase makes. */
export function kindOf({ mutation }: PurchaseKey): Job['kind'] {
  return mutation === 'submitAnalysis' ? 'ANALYSIS' : 'HEAD_SWAP_TASK';
}

function isFree({ state }: Purchase): boolean {
  return state === 'REJECTED' || state === 'NOT_SENT';
}

function textOf({ team, mutation, key }: PurchaseKey): string {
  return JSON.stringify([team, mutation, key]);
}

function wholeSeconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.ceil(milliseconds / 1000);
}

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

function defer<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((ok, fail) => {
    resolve = ok;
    reject = fail;
  });
  // Nobody may be left to hear a late outcome.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
