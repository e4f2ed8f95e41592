import type { TeamId } from '../domain/job.ts';
import { singleFlight } from '../runtime/single-flight.ts';
import { accountOf, type Accounts } from './account.ts';

/**
 * Reads a team's credit balance from AKOOL; calls that come while one is in flight join it. Null:
 * AKOOL answered without a number. Throws UpstreamError.
 */
export type ReadCredits = (team: TeamId) => Promise<number | null>;

export function createCreditReader(accounts: Accounts): ReadCredits {
  return singleFlight(
    (team) => {
      const { upstream, limiter } = accountOf(accounts, team);
      return limiter.run(() => upstream.readCreditBalance());
    },
    (team) => team,
  );
}
