import type { JobKey } from '../domain/job.ts';
import type { Observation } from '../domain/observation.ts';
import type { Denial } from '../upstream/upstream.ts';
import { accountOf, type Accounts } from './account.ts';

/**
 * Asks AKOOL about a job once the account's limiter admits it, which `onStart` tells. Nothing is
 * stored. Throws UpstreamError.
 */
export function readUpstream(
  accounts: Accounts,
  { team, kind, id }: JobKey,
  onStart?: () => void,
): Promise<Observation | Denial> {
  const { upstream, limiter } = accountOf(accounts, team);
  return limiter.run<Observation | Denial>(() => {
    onStart?.();
    return kind === 'ANALYSIS' ? upstream.readAnalysis(id) : upstream.readHeadSwapTask(id);
  });
}
