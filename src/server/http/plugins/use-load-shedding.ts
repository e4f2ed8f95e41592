import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { ServerLimits } from '../../limits.ts';
import type { Overload } from '../../load/overload.ts';
import { errorResponse } from '../respond.ts';

/**
 * 503 with Retry-After while the process is overloaded or going away: before anything else of the
 * request is looked at.
 */
export function useLoadShedding(parts: {
  readonly overload: Overload;
  readonly isDraining: () => boolean;
  readonly limits: Pick<ServerLimits, 'overloadRetrySeconds' | 'drainRetrySeconds'>;
}): Plugin {
  const { overload, isDraining, limits } = parts;
  const unavailable = (
    fetchAPI: Parameters<typeof errorResponse>[0],
    message: string,
    retryAfterSeconds: number,
  ): Response =>
    errorResponse(fetchAPI, 503, clientError('UNAVAILABLE', message, { retryAfterSeconds }), {
      'retry-after': String(retryAfterSeconds),
    });
  return {
    onRequest({ fetchAPI, endResponse }) {
      if (overload.shedding) {
        const seconds = limits.overloadRetrySeconds;
        endResponse(unavailable(fetchAPI, 'The gateway is overloaded.', seconds));
      } else if (isDraining()) {
        const seconds = limits.drainRetrySeconds;
        endResponse(unavailable(fetchAPI, 'The gateway is going away.', seconds));
      }
    },
  };
}
