import type { Config } from '../config/config.ts';
import type { TeamConfig } from '../config/team-config.ts';
import type { Authenticate } from '../server/credentials.ts';

/** Who a caller is. Without configured credentials everybody is the one team, since only this machine can ask. */
export function createAuthenticate(config: Config, teams: readonly TeamConfig[]): Authenticate {
  const [only] = teams;
  if (config.credentials || only === undefined) return () => Promise.resolve(null);
  const caller = { team: only.id, expiresAt: null };
  return () => Promise.resolve(caller);
}
