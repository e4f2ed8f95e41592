import type { Config } from '../config/config.ts';
import type { TeamConfig } from '../config/team-config.ts';
import type { TeamId } from '../domain/job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { createAuthenticate } from '../auth/authenticate.ts';
import type { Authenticate } from '../auth/credentials.ts';
import { createVerifyToken } from '../auth/verify-token.ts';

/** Tells who a caller is. Without configured credentials everybody is the one team, since only this machine can ask. */
export function authenticateFor(
  config: Config,
  teams: readonly TeamConfig[],
  clock: Clock,
  log: Log,
): Authenticate {
  const [first] = teams;
  if (!config.credentials && first !== undefined) {
    const everybody = Promise.resolve({ team: first.id, expiresAt: null });
    return () => everybody;
  }
  const { jwt, severalTeams } = config;
  const ids = new Set(teams.map(({ id }) => id));
  const teamOf = (payload: Readonly<Record<string, unknown>>): TeamId | null => {
    if (!severalTeams) return first?.id ?? null;
    const claim = jwt === null ? undefined : payload[jwt.teamClaim];
    return typeof claim === 'string' && ids.has(claim) ? claim : null;
  };
  return createAuthenticate({
    teams,
    verifyToken: jwt === null ? null : createVerifyToken({ ...jwt, teamOf, clock, log }),
  });
}
