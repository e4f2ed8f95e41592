import type { TeamId } from '../domain/job.ts';
import { accountOf, type Accounts } from './account.ts';

/** Reads a team's credit balance from AKOOL; calls that come while one is in flight join it. */
export type ReadCredits = (team: TeamId) => Promise<number | null>;

/** A credit reader. It throws UpstreamError; null: AKOOL answered without a number. */
export function createCreditReader(accounts: Accounts): ReadCredits {
  const inFlight = new Map<TeamId, Promise<number | null>>();

  const read = (team: TeamId): Promise<number | null> => {
    const { upstream, gate } = accountOf(accounts, team);
    return gate.run(() => upstream.readCreditBalance());
  };

  return (team) => {
    const running = inFlight.get(team);
    if (running !== undefined) return running;
    const started = read(team).finally(() => inFlight.delete(team));
    inFlight.set(team, started);
    return started;
  };
}
