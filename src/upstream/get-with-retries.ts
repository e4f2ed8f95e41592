import { pause, type Clock, type Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { AccountWatch } from './operator-alerts.ts';
import { SIGN_IN_EXPIRED_CODE } from './answers/codes.ts';
import type { Envelope } from './answers/envelope.ts';
import type { HttpRequest } from './http/http.ts';
import type { HttpPool } from './http/http-pool.ts';
import { judgeRead, type ReadVerdict } from './answers/classify-read.ts';
import type { RetryBudget } from './http/retry-budget.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import type { TextCleaner } from './answers/redact.ts';
import type { UpstreamError } from './upstream.ts';

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

/** What reads are made of. */
export interface ReadParts {
  readonly pool: HttpPool;
  readonly budget: RetryBudget;
  readonly text: TextCleaner;
  readonly noteCode: AccountWatch;
  /** For one read: every attempt and pause, and a token that has to be got first. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const MOST_ATTEMPTS = 3;
/** The pause before the second attempt is at most this, before the third twice this. */
const LONGEST_FIRST_PAUSE_MS = 200;
/** With less time left, another attempt would only be more load. */
const SHORTEST_ATTEMPT_MS = 50;

/** A function that reads with these parts. */
export function createRead(parts: ReadParts): Read {
  const { pool, budget, text, noteCode, timeoutMs, clock, random, log } = parts;
  return async (request, signIn) => {
    const deadline = clock.now() + timeoutMs;
    budget.earn();
    let header = (await signIn?.header()) ?? {};
    let renewed = false;

    const attempt = async (): Promise<ReadVerdict> => {
      const signed = { ...request, headers: { ...request.headers, ...header } };
      const left = Math.max(0, deadline - clock.now());
      return judgeRead(await pool.exchange(signed, left), text, clock.now());
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
