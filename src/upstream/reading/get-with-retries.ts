import { pause, type Random } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type AccountWatch, SIGN_IN_EXPIRED_CODE } from '../codes.ts';
import type { Envelope, HttpRequest } from '../http.ts';
import { createHttpPool, type HttpPool, type HttpPoolOptions } from './http-pool.ts';
import { judgeRead, type ReadVerdict } from './classify-read.ts';
import type { ObserveRequest } from '../observe-requests.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import type { SignIn } from '../sign-in.ts';
import type { TextCleaner } from '../redact.ts';
import type { UpstreamError } from '../upstream.ts';

/**
 * Asks AKOOL something that may be asked again. A read makes up to three attempts, all within one
 * deadline. It is repeated, after a random pause (full jitter), when nobody answered, or a 5xx, or
 * a code that says to try later; and at once, a single time, with a new token when AKOOL refused
 * the old one. It is not repeated when AKOOL tells the account to slow down, when it refuses, or
 * when the answer is not what the wire contract says: asking again would bring the same. All
 * retries of an account draw on one budget.
 *
 * Resolves to an envelope with a code that is read as `success` or `denied`; throws UpstreamError
 * for everything else.
 */
export type Read = (request: HttpRequest, signIn: SignIn | null) => Promise<Envelope>;

/** The reads of one account, over connections that are kept. */
export interface Reads {
  /**
   * Reads that take `timeoutMs` at most: every attempt and pause, and a token that has to be got
   * first.
   */
  within(timeoutMs: number): Read;
  /**
   * Refuses new reads; resolves when the running ones have ended and their connections are closed.
   */
  close(): Promise<void>;
}

/** What reads are made of. */
export interface ReadsParts extends HttpPoolOptions {
  readonly text: TextCleaner;
  readonly observe: ObserveRequest;
  readonly noteCode: AccountWatch;
  readonly random: Random;
  readonly log: Log;
}

const MOST_ATTEMPTS = 3;
/** The pause before the second attempt is at most this, before the third twice this. */
const LONGEST_FIRST_PAUSE_MS = 200;
/** With less time left, another attempt would only be more load. */
const SHORTEST_ATTEMPT_MS = 50;

/** Reads that share one pool of connections and one budget of retries. */
export function createReads(parts: ReadsParts): Reads {
  const pool = createHttpPool(parts);
  const budget = createRetryBudget();
  return {
    within: (timeoutMs) => createRead(parts, pool, budget, timeoutMs),
    close: () => pool.close(),
  };
}

function createRead(
  { text, observe, noteCode, clock, random, log }: ReadsParts,
  pool: HttpPool,
  budget: RetryBudget,
  timeoutMs: number,
): Read {
  return async (request, signIn) => {
    const deadline = clock.now() + timeoutMs;
    budget.earn();
    let header = (await signIn?.header()) ?? {};
    let renewed = false;

    let resends = 0;
    const attempt = async (): Promise<ReadVerdict> => {
      const signed = { ...request, headers: { ...request.headers, ...header } };
      const left = Math.max(0, deadline - clock.now());
      const outcome = await observe(signed, resends, (told) => pool.exchange(told, left));
      resends += 1;
      return judgeRead(outcome, text, clock.now());
    };
    /** Whether a new token makes the failed attempt worth repeating at once. */
    const renews = async (error: UpstreamError): Promise<boolean> => {
      if (renewed || signIn === null || error.akoolCode !== SIGN_IN_EXPIRED_CODE) return false;
      const fresh = await signIn.renewed(header);
      if (fresh === null) return false;
      header = fresh;
      renewed = true;
      return true;
    };

    for (let attempts = 1; ; attempts += 1) {
      const verdict = await attempt();
      if (verdict.kind === 'done') {
        noteCode(verdict.envelope.code);
        return verdict.envelope;
      }
      const { error, again } = verdict;
      if (await renews(error)) continue;
      const pauseMs = random() * LONGEST_FIRST_PAUSE_MS * 2 ** (attempts - 1);
      const inTime = clock.now() + pauseMs + SHORTEST_ATTEMPT_MS < deadline;
      if (!again || attempts >= MOST_ATTEMPTS || !inTime || !budget.spend()) {
        if (error.akoolCode !== null) noteCode(error.akoolCode);
        throw error;
      }
      log.debug({ path: request.path, attempts, reason: error.message }, 'reading AKOOL again');
      await pause(clock, pauseMs);
    }
  };
}
