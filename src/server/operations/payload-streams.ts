import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { RequestTrace } from '../../log/request-trace.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
import type { ServerLimits } from '../limits.ts';
import type {
  CauseOf,
  EventId,
  NotOpened,
  Operation,
  Payload,
  PayloadStream,
} from '../operation.ts';
import { asGraphqlError } from './as-graphql-error.ts';
import { traceEvents, type TraceEvent } from './trace-events.ts';
import type { DescribeErrors } from './describe-errors.ts';
import { within, type Execution } from './execution.ts';
import { createLatestEvents, isLatestSource } from './latest-events.ts';

/**
 * Opens a subscription; every event is answered in a context of its own, so that nothing that was
 * loaded for one is told in another. The stream rejects with what its source throws. Past the
 * deadline it is TIMEOUT for the opening, or for one event.
 */
export type OpenPayloads = (
  operation: Operation,
  caller: Caller,
  trace: RequestTrace,
) => Promise<{ readonly stream: PayloadStream } | NotOpened>;

/** How subscriptions are opened. */
export function createPayloadStreams(options: {
  readonly schema: GraphQLSchema;
  readonly execution: Execution;
  readonly describe: DescribeErrors;
  readonly contextFor: (caller: Caller) => object;
  readonly eventId: EventId;
  readonly causeOf: CauseOf;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'queryMs'>;
}): OpenPayloads {
  const { schema, execution, describe, contextFor, eventId, tracer, clock, limits } = options;
  const latestEvents = createLatestEvents(tracer);

  const argsOf = (operation: Operation, caller: Caller): ExecutionArgs => ({
    schema,
    document: operation.document,
    operationName: operation.operationName,
    variableValues: operation.variables,
    contextValue: contextFor(caller),
  });

  const streamOf = (
    events: AsyncIterator<unknown>,
    operation: Operation,
    caller: Caller,
    trace: RequestTrace,
    inTrace: TraceEvent,
  ): PayloadStream => {
    const payloadOf = (event: unknown, result: ExecutionResult): Payload => ({
      text: JSON.stringify(describe.result(result, trace)),
      id: eventId(event, caller),
    });
    /** Most events are answered at once, and then nothing is waited for. */
    const answer = (event: unknown): Payload | Promise<Payload> => {
      const result = execution.query({ ...argsOf(operation, caller), rootValue: event });
      return result instanceof Promise
        ? result.then((later) => payloadOf(event, later))
        : payloadOf(event, result);
    };
    const payloadFor = (event: unknown): Payload | Promise<Payload> =>
      inTrace(event, () => answer(event));
    return {
      tellEach: isLatestSource(events)
        ? (tell) => latestEvents.tellEach(events, payloadFor, tell)
        : null,
      async next() {
        const event = await events.next();
        if (event.done === true) return { done: true, value: undefined };
        const payload = payloadFor(event.value);
        return { done: false, value: payload instanceof Promise ? await payload : payload };
      },
      async return() {
        await events.return?.();
        return { done: true, value: undefined };
      },
    };
  };

  return async (operation, caller, trace) => {
    try {
      const { document, openingDocument = document } = operation;
      const inTrace = traceEvents(options, operation);
      const args = { ...argsOf(operation, caller), document: openingDocument };
      const opening = createSourceEventStream(args);
      const source = await within(Promise.resolve(opening), limits.queryMs, clock, release);
      return isStream(source)
        ? { stream: streamOf(source[Symbol.asyncIterator](), operation, caller, trace, inTrace) }
        : { errors: describe.errors(source.errors ?? [], trace) };
    } catch (error) {
      return { errors: describe.errors([asGraphqlError(error)], trace) };
    }
  };
}

/** A stream that opened when nobody waited for it any more. */
function release(source: AsyncIterable<unknown> | ExecutionResult): void {
  if (isStream(source)) void source[Symbol.asyncIterator]().return?.();
}

function isStream(
  value: AsyncIterable<unknown> | ExecutionResult,
): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value;
}
