import {
  createRemoteJWKSet,
  customFetch,
  jwtVerify,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { LRUCache } from 'lru-cache';
import type { TeamId } from '../domain/job.ts';
import type { Caller } from '../domain/caller.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { CannotTellError } from './credentials.ts';

/**
 * Who a JWT says the caller is; null when it is not good, whatever is wrong with it; at once where
 * that is known. Rejects with CannotTellError when the issuer's keys cannot be had.
 */
export type VerifyToken = (token: string) => Caller | Promise<Caller | null>;

/** How JWTs are verified. */
export interface VerifyTokenOptions {
  /**
   * Where the issuer publishes its keys. They are fetched again after `keysForMs`: a key that the
   * issuer has withdrawn is accepted no longer than that. A token with an unknown key id has them
   * fetched at once, at most once a second.
   */
  readonly jwksUrl: string;
  /** How long the issuer's keys are believed, in ms. Default: 10 minutes. */
  readonly keysForMs?: number;
  /** How the keys are asked for; the platform's fetch unless given. */
  readonly fetch?: FetchImplementation;
  readonly issuer: string;
  readonly audience: string;
  /** The team that a token's payload stands for; null: none of ours. */
  readonly teamOf: (payload: Readonly<Record<string, unknown>>) => TeamId | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Asymmetric ones only: with a shared secret, whoever can verify could also sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * How far the issuer's clock may be ahead of ours, in seconds: its token is not good before `nbf`.
 */
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * The shortest time between two look-ups for unknown key ids: strangers can make any number of
 * those up.
 */
const COOLDOWN_MS = 1_000;

/** How long the issuer's keys are believed. */
const KEYS_FOR_MS = 10 * 60 * 1000;

/** How many good tokens are remembered, and how many characters they may have together. */
const REMEMBERED = { max: 1_000, maxSize: 1_000_000 };

/**
 * What jose says about a token whose key is not among the issuer's; whatever else looking up a key
 * throws is not the token's fault.
 */
const NO_SUCH_KEY = new Set([
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JOSE_NOT_SUPPORTED',
]);

/**
 * Verifies tokens of one issuer. A token must have an expiry: it is when a subscription of its
 * bearer ends. One that was good stays so, unverified, until it expires, or the issuer's keys are
 * asked for again: until then a look at its signature could come to nothing else.
 */
export function createVerifyToken(options: VerifyTokenOptions): VerifyToken {
  const { issuer, audience, keysForMs = KEYS_FOR_MS, teamOf, clock, log } = options;
  const { fetch: askIssuer = fetch } = options;
  const good = new LRUCache<string, Caller & { readonly expiresAt: number }>({
    ...REMEMBERED,
    sizeCalculation: (_caller, token) => token.length,
  });
  let timesAsked = 0;
  const keys = createRemoteJWKSet(new URL(options.jwksUrl), {
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: keysForMs,
    [customFetch](url, init) {
      timesAsked += 1;
      good.clear();
      return askIssuer(url, init);
    },
  });
  let away = false;
  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      const key = await keys(header, token);
      if (away) log.info({}, "The issuer's keys can be had again");
      away = false;
      return key;
    } catch (error) {
      if (NO_SUCH_KEY.has(codeOf(error))) throw error;
      const why = "The issuer's keys cannot be had: nobody can be let in by a JWT for now";
      if (!away) log.warn({ reason: codeOf(error) }, why);
      away = true;
      throw new CannotTellError('The keys cannot be had', { cause: error });
    }
  };

  const verifyAnew = async (token: string): Promise<Caller | null> => {
    const askedBefore = keys.reloading ? null : timesAsked;
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.now()),
      });
      const team = teamOf(payload);
      if (team === null || payload.exp === undefined) return null;
      const caller = {
        team,
        expiresAt: payload.exp * 1000,
        isStillGood: async () => (await verifyAnew(token)) !== null,
      };
      // Not where it may have been looked at with keys that are others by now.
      if (askedBefore === timesAsked) good.set(token, caller);
      return caller;
    } catch (error) {
      if (error instanceof CannotTellError) throw error;
      log.debug({ reason: codeOf(error) }, 'A JWT was refused');
      return null;
    }
  };
  return (token) => {
    const known = keys.fresh ? good.get(token) : undefined;
    return known !== undefined && known.expiresAt > clock.now() ? known : verifyAnew(token);
  };
}

/** Says what was wrong and holds nothing of the token. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown';
}
