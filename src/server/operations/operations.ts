import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { CheckCost } from '../../graphql/operation-cost.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
import type { ServerLimits } from '../limits.ts';
import type { CauseOf, EventId, FormatError } from '../operation.ts';
import { observeWith, type OperationObserver } from '../operation-observer.ts';
import { createRefusalSpans } from './refusal-spans.ts';
import { createAccessLog } from './access-log.ts';
import { createAllowance, type Allowance } from './allowance.ts';
import { createCompiledQueries } from './compiled-queries.ts';
import { createDescribeErrors, type DescribeErrors } from './describe-errors.ts';
import { createDocuments, type Documents } from './documents/documents.ts';
import { createExecution, type Execution } from './execution.ts';
import { createPayloadStreams, type OpenPayloads } from './payload-streams.ts';
import type { PersistedOperations } from './persisted/persisted-operations.ts';
import { createRateLimits } from './rate-limits.ts';

/** What the operations of a server are made of. */
export interface OperationsOptions {
  readonly schema: GraphQLSchema;
  /** What an operation may cost, beside the server's own limits. */
  readonly checkCost: CheckCost;
  /** Subscription fields whose every event is a whole state. */
  readonly stateSubscriptions: readonly string[];
  readonly contextFor: (caller: Caller) => object;
  readonly eventId: EventId;
  readonly causeOf: CauseOf;
  readonly tracer: Tracer;
  readonly formatError: FormatError;
  readonly explorer: boolean;
  readonly persisted: PersistedOperations;
  readonly persistedOnly: boolean;
  /** Who is told of operations beside the access log. */
  readonly observers: readonly OperationObserver[];
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/**
 * The steps of an operation's life, in their order. They know no transport, and no plugin; the
 * plugins put them into Envelop.
 */
export interface Operations {
  readonly schema: GraphQLSchema;
  readonly persisted: PersistedOperations;
  readonly persistedOnly: boolean;
  readonly documents: Documents;
  readonly allowance: Allowance;
  readonly contextFor: (caller: Caller) => object;
  readonly execution: Execution;
  readonly openPayloads: OpenPayloads;
  readonly describe: DescribeErrors;
  readonly observer: OperationObserver;
}

/** The steps for one schema, with its teams' allowances and the documents it knows. */
export function createOperations(options: OperationsOptions): Operations {
  const { persisted, persistedOnly, contextFor, clock, limits } = options;
  const documents = createDocuments({ ...options, allowed: persistedOnly ? persisted : null });
  const rateLimits = createRateLimits(limits.rates, clock);
  const compiled = createCompiledQueries(options);
  const execution = createExecution({ ...options, compiled });
  const describe = createDescribeErrors(options.formatError);
  return {
    schema: options.schema,
    persisted,
    persistedOnly,
    documents,
    allowance: createAllowance({ ...options, rateLimits }),
    contextFor,
    execution,
    openPayloads: createPayloadStreams({ ...options, execution, describe }),
    describe,
    observer: observeWith([
      createAccessLog(options.log),
      ...(options.tracer.isOn ? [createRefusalSpans(options.tracer)] : []),
      ...options.observers,
    ]),
  };
}
