import {
  createSourceEventStream,
  Kind,
  OperationTypeNode,
  execute,
  getOperationAST,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { CheckCost } from '../../graphql/operation-cost.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { AccessLog } from './access-log.ts';
import { DeadlineError, within } from '../guards/deadline.ts';
import type { Documents } from './documents.ts';
import type { ServerLimits } from '../limits.ts';
import type {
  FormatError,
  Operation,
  OperationRequest,
  PayloadStream,
  Refused,
} from './operation-types.ts';
import type { PersistedOperations } from '../guards/persisted-operations.ts';
import type { RateLimits } from '../guards/rate-limits.ts';
import { refusal } from './client-error.ts';
import type { Trace } from '../../log/trace.ts';

/** Checks and runs operations; knows no transport. Nothing here throws for what a caller did. */
export interface Operations {
  /**
   * Takes one operation of the team's allowance. Adds OPERATION_NOT_ALLOWED, OPERATION_RESOLUTION_FAILURE, INVALID_INPUT,
   * RATE_LIMITED and, for what it would cost, OPERATION_TOO_COMPLEX to the codes of `Documents.check`.
   */
  prepare(request: OperationRequest, caller: Caller, trace: Trace): Operation | Refused;
  /** Runs a query or mutation once, in a context of its own. Past its deadline the answer is TIMEOUT; a mutation goes on. */
  run(operation: Operation, caller: Caller, trace: Trace): Promise<FormattedExecutionResult>;
  /**
   * Opens a subscription; every event is answered in a context of its own. The stream rejects with what its source throws. Past
   * the deadline it is TIMEOUT for the opening, or for one event.
   */
  open(
    operation: Operation,
    caller: Caller,
    trace: Trace,
  ): Promise<{ readonly stream: PayloadStream } | Refused>;
}

const TIMEOUT = refusal('TIMEOUT', 'This took too long, and its answer is given up.');
const MUTATION_TIMEOUT = refusal(
  'TIMEOUT',
  'This took too long. It goes on all the same: ask again with the same idempotencyKey to learn what became of it.',
);

/** `stateSubscriptions` are the subscription fields whose every event is a whole state, so that only the latest matters. */
export function createOperations(options: {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly checkCost: CheckCost;
  readonly persisted: PersistedOperations;
  readonly rateLimits: RateLimits;
  readonly accessLog: AccessLog;
  readonly contextFor: (caller: Caller) => object;
  readonly formatError: FormatError;
  readonly stateSubscriptions: readonly string[];
  readonly explorer: boolean;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}): Operations {
  const { schema, documents, checkCost, persisted, rateLimits, contextFor } = options;
  const { formatError, accessLog, explorer, clock, limits } = options;
  const states = new Set(options.stateSubscriptions);

  const argsOf = ({ document, request }: Operation, caller: Caller): ExecutionArgs => ({
    schema,
    document,
    operationName: request.operationName,
    variableValues: request.variables,
    contextValue: contextFor(caller),
    hideSuggestions: !explorer,
  });
  const explain = (error: unknown, { report }: Trace): GraphQLFormattedError =>
    error instanceof DeadlineError ? TIMEOUT : formatError(error, report);
  const formatted = (result: ExecutionResult, { report }: Trace): FormattedExecutionResult => {
    const { errors, ...rest } = result;
    return errors === undefined
      ? rest
      : { errors: errors.map((error) => formatError(error, report)), ...rest };
  };

  const prepareOperation = (request: OperationRequest): Operation | Refused => {
    const text =
      request.query ?? (request.documentId === null ? null : persisted.textOf(request.documentId));
    if (text === null)
      return refused('OPERATION_NOT_ALLOWED', 'No operation goes by this id here.');
    const checked = documents.check(text);
    if ('errors' in checked) return checked;
    const definition = getOperationAST(checked.document, request.operationName);
    if (definition === null || definition === undefined) {
      const message =
        request.operationName === null
          ? 'The document has several operations: name one in operationName.'
          : 'The document has no such operation.';
      return refused('OPERATION_RESOLUTION_FAILURE', message);
    }
    if (nestsDeeper(request.variables, limits.variableDepth)) {
      return refused('INVALID_INPUT', `Variables nest deeper than ${limits.variableDepth}.`);
    }
    checkCost(checked.document, definition, request.variables);
    return {
      type: definition.operation,
      name: definition.name?.value ?? null,
      request,
      document: checked.document,
      shareKey: isState(definition, states)
        ? JSON.stringify([checked.id, request.operationName, request.variables])
        : null,
    };
  };

  const executeOnce = async (
    args: ExecutionArgs,
    milliseconds: number,
  ): Promise<ExecutionResult> => {
    const result = execute(args);
    return result instanceof Promise ? within(result, milliseconds, clock) : result;
  };

  const streamOf = (
    events: AsyncIterator<unknown>,
    operation: Operation,
    caller: Caller,
    trace: Trace,
  ): PayloadStream => ({
    async next() {
      const event = await events.next();
      if (event.done === true) return { done: true, value: undefined };
      const args = { ...argsOf(operation, caller), rootValue: event.value };
      let result: FormattedExecutionResult;
      try {
        result = formatted(await executeOnce(args, limits.queryMs), trace);
      } catch (error) {
        result = { errors: [explain(error, trace)] };
      }
      return { done: false, value: JSON.stringify(result) };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
  });

  const prepareInTurn = (
    request: OperationRequest,
    { team }: Caller,
    { report }: Trace,
  ): Operation | Refused => {
    let prepared: Operation | Refused;
    try {
      prepared = prepareOperation(request);
    } catch (error) {
      prepared = { errors: [formatError(error, report)] };
    }
    // What is refused has cost something, too.
    const kind = 'errors' in prepared ? OperationTypeNode.QUERY : prepared.type;
    const retryAfterSeconds = rateLimits.take(team, kind);
    if (retryAfterSeconds === 0) return prepared;
    const message = 'Your team sends too many operations of this kind.';
    return refused('RATE_LIMITED', message, { retryAfterSeconds });
  };

  const runInTime = async (
    operation: Operation,
    caller: Caller,
    trace: Trace,
  ): Promise<FormattedExecutionResult> => {
    const isMutation = operation.type === OperationTypeNode.MUTATION;
    try {
      const milliseconds = isMutation ? limits.mutationMs : limits.queryMs;
      return formatted(await executeOnce(argsOf(operation, caller), milliseconds), trace);
    } catch (error) {
      if (isMutation && error instanceof DeadlineError) return { errors: [MUTATION_TIMEOUT] };
      return { errors: [explain(error, trace)] };
    }
  };

  return {
    prepare(request, caller, trace) {
      const prepared = prepareInTurn(request, caller, trace);
      if ('errors' in prepared) accessLog.refused({ trace, caller }, prepared.errors);
      return prepared;
    },

    async run(operation, caller, trace) {
      const startedAt = clock.now();
      const result = await runInTime(operation, caller, trace);
      const ms = clock.now() - startedAt;
      accessLog.answered({ trace, caller, operation }, ms, result.errors);
      return result;
    },

    async open(operation, caller, trace) {
      try {
        const opening = createSourceEventStream(argsOf(operation, caller));
        const source = await within(Promise.resolve(opening), limits.queryMs, clock, release);
        if (!isStream(source)) {
          return { errors: (source.errors ?? []).map((error) => formatError(error, trace.report)) };
        }
        return { stream: streamOf(source[Symbol.asyncIterator](), operation, caller, trace) };
      } catch (error) {
        return { errors: [explain(error, trace)] };
      }
    },
  };
}

/** A stream that opened when nobody waited for it any more. */
function release(source: AsyncIterable<unknown> | ExecutionResult): void {
  if (isStream(source)) void source[Symbol.asyncIterator]().return?.();
}

function refused(...args: Parameters<typeof refusal>): Refused {
  return { errors: [refusal(...args)] };
}

function isStream(
  value: AsyncIterable<unknown> | ExecutionResult,
): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value;
}

/** The specification allows a subscription one root field; through a fragment it is not worth following. */
function isState(definition: OperationDefinitionNode, states: ReadonlySet<string>): boolean {
  const root = definition.selectionSet.selections[0];
  return (
    definition.operation === OperationTypeNode.SUBSCRIPTION &&
    root?.kind === Kind.FIELD &&
    states.has(root.name.value)
  );
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}
