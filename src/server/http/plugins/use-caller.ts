import type { Plugin } from 'graphql-yoga';
import type { Authenticate } from '../../../auth/credentials.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { clientError } from '../../client-error.ts';
import type { HttpContext } from '../../operation-context.ts';
import { errorResponse } from '../json-answers.ts';
import { identifyOnce } from '../read-once.ts';

/** Who asks: 401 for nobody we know, 503 when it cannot be told now. */
export function useCaller(parts: {
  readonly authenticate: Authenticate;
  readonly clock: Clock;
}): Plugin<object, HttpContext> {
  return {
    async onRequestParse({ serverContext, fetchAPI, endResponse }) {
      const caller = await identifyOnce(serverContext, parts);
      if (caller === null) {
        const message = 'Present a valid credential as Authorization: Bearer or x-api-key.';
        const error = clientError('UNAUTHENTICATED', message);
        endResponse(errorResponse(fetchAPI, 401, error));
      } else if (caller === 'cannot tell') {
        const message = 'Credentials cannot be checked now.';
        const error = clientError('UNAVAILABLE', message, { retryAfterSeconds: 1 });
        endResponse(errorResponse(fetchAPI, 503, error));
      } else {
        serverContext.caller = caller;
      }
    },
  };
}
