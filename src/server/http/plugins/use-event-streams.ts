import { isAsyncIterable, type Plugin as EnvelopPlugin } from '@envelop/core';
import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { HttpContext, OperationContext } from '../../operation-context.ts';
import type { EventStreams } from '../../sse/event-streams.ts';

/**
 * Subscriptions over SSE. Nothing is opened for a client that takes no events, or whose team has too many connections. The events
 * are written to the response past Yoga, which is answered when all is over.
 */
export function useEventStreams(
  streams: EventStreams,
  connectionsPerTeam: number,
): EnvelopPlugin<OperationContext & Partial<HttpContext>> &
  Pick<Plugin<object, HttpContext>, 'onResultProcess'> {
  return {
    onSubscribe({ context, extendContext, setResultAndStopExecution }) {
      const { res, accepted, caller, trace } = context;
      // A WebSocket has its own subscriber.
      if (res === undefined || accepted === undefined) return;
      if (!accepted.events) {
        const ways = 'Subscriptions need Accept: text/event-stream, or a WebSocket.';
        const error = clientError('BAD_REQUEST', ways, {}, { http: { status: 406 } });
        setResultAndStopExecution({ errors: [error] });
        return;
      }
      const subscriber = res.destroyed ? null : streams.subscriberFor({ res, caller, trace });
      if (subscriber === null) {
        const most = `At most ${connectionsPerTeam} connections of one team at a time.`;
        const error = clientError('RATE_LIMITED', most, { retryAfterSeconds: 1 });
        setResultAndStopExecution({ errors: [error] });
        return;
      }
      extendContext({ subscriber });
    },
    onResultProcess({ result, serverContext, setResultProcessor }) {
      const { res, caller, trace } = serverContext;
      if (caller === null || !isAsyncIterable(result)) return;
      setResultProcessor(async (_result, fetchAPI) => {
        await streams.answer({ res, caller, trace }, result);
        // It is sent to nobody: the response is closed.
        return new fetchAPI.Response(null);
      }, 'text/event-stream');
    },
  };
}
