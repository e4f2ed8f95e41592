import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { TeamId } from '../domain/job.ts';
import type { Caller } from '../graphql/context.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

/** Who a JWT says the caller is; null when it is not good, whatever is wrong with it. Never rejects. */
export type VerifyToken = (token: string) => Promise<Caller | null>;

/** How JWTs are verified. */
export interface VerifyTokenOptions {
  /** Where the issuer publishes its keys. A key id that is not known yet is looked up, at most every 30 s. */
  readonly jwksUrl: string;
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
];

/** How far the issuer's clock may be off, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verifies tokens of one issuer. A token must have an expiry: it is when a subscription of its bearer ends. */
export function createVerifyToken(options: VerifyTokenOptions): VerifyToken {
  const { issuer, audience, teamOf, clock, log } = options;
  const keys = createRemoteJWKSet(new URL(options.jwksUrl));

  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.now()),
      });
      const team = teamOf(payload);
      if (team === null || payload.exp === undefined) return null;
      return { team, expiresAt: payload.exp * 1000 };
    } catch (error) {
      // The code says what was wrong and holds nothing of the token.
      const code = (error as { code?: unknown }).code;
      log.debug({ reason: typeof code === 'string' ? code : 'unknown' }, 'A JWT was refused');
      return null;
    }
  };
}
