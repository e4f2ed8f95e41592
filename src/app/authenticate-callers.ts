import type { Config } from '../config/config.ts';
import { proxyTo } from '../config/proxies.ts';
import type { TeamConfig } from '../config/team-config.ts';
import type { TeamId } from '../domain/job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { createAuthenticate } from '../auth/authenticate.ts';
import type { Authenticate } from '../auth/credentials.ts';

/** What tells callers apart. */
export interface CallerAuthentication {
  readonly authenticate: Authenticate;
  /** Closes the connections to the issuer of JWTs. */
  stop(): Promise<void>;
}

/**
 * Tells who a caller is. Without configured credentials everybody is the one team, since only this
 * machine can ask.
 */
export async function authenticateFor(
  config: Config,
  teams: readonly TeamConfig[],
  clock: Clock,
  log: Log,
): Promise<CallerAuthentication> {
  const [first] = teams;
  const { credentials, jwt, severalTeams, proxies } = config;
  if (!credentials && first !== undefined) {
    const everybody = { team: first.id, expiresAt: null };
    return { authenticate: () => everybody, stop: nothingToStop };
  }
  if (jwt === null) {
    return {
      authenticate: createAuthenticate({ teams, verifyToken: null }),
      stop: nothingToStop,
    };
  }
  const ids = new Set(teams.map(({ id }) => id));
  const teamOf = (payload: Readonly<Record<string, unknown>>): TeamId | null => {
    if (!severalTeams) return first?.id ?? null;
    const claim = payload[jwt.teamClaim];
    return typeof claim === 'string' && ids.has(claim) ? claim : null;
  };
  const { createProxiedFetch } = await import('../runtime/network/proxied-fetch.ts');
  const issuer = createProxiedFetch(new URL(jwt.jwksUrl).origin, proxyTo(proxies, jwt.jwksUrl));
  const { createVerifyToken } = await import('../auth/verify-token.ts');
  const verifyToken = createVerifyToken({ ...jwt, fetch: issuer.fetch, teamOf, clock, log });
  return { authenticate: createAuthenticate({ teams, verifyToken }), stop: () => issuer.close() };
}

const nothingToStop = (): Promise<void> => Promise.resolve();
