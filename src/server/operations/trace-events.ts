import type { Clock } from '../../runtime/clock.ts';
import { errorType, type Tracer } from '../../runtime/tracing/tracer.ts';
import type { CauseOf, Operation, Payload } from '../operation.ts';

/** Answers an event of a stream where it belongs: below what led to it, or nowhere. */
export type TraceEvent = (
  event: unknown,
  answer: () => Payload | Promise<Payload>,
) => Payload | Promise<Payload>;

/**
 * For a stream that opens now. The fan-out of an event, from what is executed for it until it was
 * handed on, is a span below what led to the event. It is never below the subscription: that began
 * long ago, and is one of many who share the event. What led to it before the stream opened is no
 * news, and has no span here.
 */
export function traceEvents(
  parts: { readonly tracer: Tracer; readonly causeOf: CauseOf; readonly clock: Clock },
  { type }: Pick<Operation, 'type'>,
): TraceEvent {
  const { tracer, causeOf, clock } = parts;
  if (!tracer.isOn) return (_event, answer) => answer();
  const openedAt = clock.now();
  return async (event, answer) => {
    const cause = causeOf(event, openedAt);
    if (cause === null) return tracer.detach(answer);
    const span = tracer.begin({
      name: 'fan-out',
      below: cause,
      attributes: { 'graphql.operation.type': type },
    });
    try {
      const payload = await span.run(answer);
      return {
        ...payload,
        delivered(subscribers) {
          span.set({ 'gateway.subscribers': subscribers });
          span.end();
        },
      };
    } catch (error) {
      span.fail(errorType(error));
      span.end();
      throw error;
    }
  };
}
