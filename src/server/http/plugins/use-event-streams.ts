import { isAsyncIterable, type Plugin as EnvelopPlugin } from '@envelop/core';
import type { Plugin } from 'graphql-yoga';
import { clientError } from '../../client-error.ts';
import type { HttpContext, OperationContext } from '../../operation-context.ts';
import type { EventStreams } from '../../sse/event-streams.ts';

/**
 * Subscriptions over SSE, or in parts as Apollo's HttpLink reads them. Nothing is opened for a
 * client that takes neither, or whose team has too many connections. The payloads are written to
 * the response past Yoga, whose part is over once the stream has begun: nothing of what it made for
 * the request is kept as long as the stream. `isAlone`: no plugin of somebody else's looks at what
 * it made of the subscriber either.
 */
export function useEventStreams(
  streams: EventStreams,
  connectionsPerTeam: number,
  isAlone: boolean,
): EnvelopPlugin<OperationContext & Partial<HttpContext>> &
  Pick<Plugin<object, HttpContext>, 'onResultProcess'> {
  return {
    onSubscribe({ context, extendContext, setResultAndStopExecution }) {
      const { res, accepted, caller, trace, operation } = context;
      // A WebSocket has its own subscriber.
      if (res === undefined || accepted === undefined) return;
      if (accepted.stream === null) {
        const ways =
          'Subscriptions need Accept: text/event-stream or multipart/mixed;subscriptionSpec=1.0, or a WebSocket.';
        const error = clientError('BAD_REQUEST', ways, {}, { http: { status: 406 } });
        setResultAndStopExecution({ errors: [error] });
        return;
      }
      const facts = { res, caller, trace, mediaType: accepted.stream };
      const subscriber = res.destroyed ? null : streams.subscriberFor(facts);
      if (subscriber === null) {
        const most = `At most ${connectionsPerTeam} connections of one team at a time.`;
        const error = clientError('RATE_LIMITED', most, { retryAfterSeconds: 1 });
        setResultAndStopExecution({ errors: [error] });
        return;
      }
      extendContext({
        subscriber,
        ...(operation && { operation: streams.resume(operation, facts) }),
      });
    },
    onResultProcess({ result, serverContext, setResultProcessor }) {
      const { res, caller, trace, accepted, endSpan } = serverContext;
      const mediaType = accepted.stream;
      if (caller === null || mediaType === null || !isAsyncIterable(result)) return;
      setResultProcessor((_result, fetchAPI) => {
        const { subscriber = result } = isAlone ? serverContext : {};
        streams.answer({ res, caller, trace, mediaType }, subscriber);
        endSpan();
        serverContext.isAnswered = true;
        // It is sent to nobody: the response has its stream.
        return new fetchAPI.Response(null);
      }, mediaType);
    },
  };
}
