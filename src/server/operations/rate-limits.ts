import type { OperationTypeNode } from 'graphql';
import type { TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Rate } from '../limits.ts';

/** Keeps each team to its rates. */
export interface RateLimits {
  /**
   * Takes one operation of the team's allowance. 0: taken; otherwise nothing was, and it is how
   * many seconds to wait, rounded up.
   */
  take(team: TeamId, kind: OperationTypeNode): number;
}

interface Bucket {
  tokens: number;
  /** When `tokens` was right. */
  at: number;
}

/**
 * A token bucket for each team and kind. Teams are those of the configuration, so there are few.
 */
export function createRateLimits(
  rates: Readonly<Record<OperationTypeNode, Rate>>,
  clock: Clock,
): RateLimits {
  const buckets = {
    query: new Map<TeamId, Bucket>(),
    mutation: new Map<TeamId, Bucket>(),
    subscription: new Map<TeamId, Bucket>(),
  };
  return {
    take(team, kind) {
      const { perSecond, burst } = rates[kind];
      const ofKind = buckets[kind];
      const now = clock.now();
      let bucket = ofKind.get(team);
      if (bucket === undefined) {
        bucket = { tokens: burst, at: now };
        ofKind.set(team, bucket);
      }
      // A clock that was set back brings nothing, and takes nothing away.
      const elapsedMs = Math.max(0, now - bucket.at);
      bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
      bucket.at = now;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      bucket.tokens -= 1;
      return 0;
    },
  };
}
