import {
  createSourceEventStream,
  Kind,
  OperationTypeNode,
  execute,
  getOperationAST,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { Caller } from '../graphql/context.ts';
import type { Documents } from './documents.ts';
import type { ServerLimits } from './limits.ts';
import { refusal } from './refusal.ts';

/** What a caller asks for, from whatever transport; types checked, nothing else. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
}

/** An operation that may run. */
export interface Operation {
  readonly type: OperationTypeNode;
  readonly request: OperationRequest;
  readonly document: DocumentNode;
  /**
   * Operations with this same text have, for one team, the same stream of answers, of which a newer one replaces an older.
   * Null: every answer counts (or it is no subscription), so nothing may be shared or left out.
   */
  readonly shareKey: string | null;
}

/** Tells an unexpected error to the log and answers the request id under which it stands there. */
export type Report = (error: unknown) => string;

/** The schema's way of turning anything thrown into what a caller may see. */
export type FormatError = (error: unknown, report: Report) => GraphQLFormattedError;

/** Serialised answers, one per event. `return()` takes effect at once, even while `next()` is pending. */
export type PayloadStream = AsyncIterator<string, undefined, undefined>;

/** Why there is no answer at all: the request was refused before, or instead of, running. */
export interface Refused {
  readonly errors: readonly GraphQLFormattedError[];
}

/** Checks and runs operations; knows no transport. Nothing here throws for what a caller did. */
export interface Operations {
  /** Adds OPERATION_RESOLUTION_FAILURE and INVALID_INPUT to the codes of `Documents.check`. */
  prepare(request: OperationRequest, report: Report): Operation | Refused;
  /** Runs a query or mutation once, in a context of its own. */
  run(operation: Operation, caller: Caller, report: Report): Promise<FormattedExecutionResult>;
  /** Opens a subscription; every event is answered in a context of its own. The stream rejects with what its source throws. */
  open(
    operation: Operation,
    caller: Caller,
    report: Report,
  ): Promise<{ readonly stream: PayloadStream } | Refused>;
}

/** `stateSubscriptions` are the subscription fields whose every event is a whole state, so that only the latest matters. */
export function createOperations(options: {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly contextFor: (caller: Caller) => object;
  readonly formatError: FormatError;
  readonly stateSubscriptions: readonly string[];
  readonly explorer: boolean;
  readonly limits: ServerLimits;
}): Operations {
  const { schema, documents, contextFor, formatError, explorer, limits } = options;
  const states = new Set(options.stateSubscriptions);

  const argsOf = ({ document, request }: Operation, caller: Caller): ExecutionArgs => ({
    schema,
    document,
    operationName: request.operationName,
    variableValues: request.variables,
    contextValue: contextFor(caller),
    hideSuggestions: !explorer,
  });
  const formatted = (result: ExecutionResult, report: Report): FormattedExecutionResult => {
    const { errors, ...rest } = result;
    return errors === undefined
      ? rest
      : { errors: errors.map((error) => formatError(error, report)), ...rest };
  };

  const prepareOperation = (request: OperationRequest): Operation | Refused => {
    const checked = documents.check(request.query);
    if ('errors' in checked) return checked;
    const definition = getOperationAST(checked.document, request.operationName);
    if (definition === null || definition === undefined) {
      return refused('OPERATION_RESOLUTION_FAILURE', 'The document has no such operation.');
    }
    if (nestsDeeper(request.variables, limits.variableDepth)) {
      return refused('INVALID_INPUT', `Variables nest deeper than ${limits.variableDepth}.`);
    }
    return {
      type: definition.operation,
      request,
      document: checked.document,
      shareKey: isState(definition, states)
        ? JSON.stringify([checked.id, request.operationName, request.variables])
        : null,
    };
  };

  return {
    prepare(request, report) {
      try {
        return prepareOperation(request);
      } catch (error) {
        return { errors: [formatError(error, report)] };
      }
    },

    async run(operation, caller, report) {
      try {
        return formatted(await execute(argsOf(operation, caller)), report);
      } catch (error) {
        return { errors: [formatError(error, report)] };
      }
    },

    async open(operation, caller, report) {
      try {
        const source = await createSourceEventStream(argsOf(operation, caller));
        if (!isStream(source)) {
          return { errors: (source.errors ?? []).map((error) => formatError(error, report)) };
        }
        const events = source[Symbol.asyncIterator]();
        return {
          stream: {
            async next() {
              const event = await events.next();
              if (event.done === true) return { done: true, value: undefined };
              const args = { ...argsOf(operation, caller), rootValue: event.value };
              const result = formatted(await execute(args), report);
              return { done: false, value: JSON.stringify(result) };
            },
            async return() {
              await events.return?.();
              return { done: true, value: undefined };
            },
          },
        };
      } catch (error) {
        return { errors: [formatError(error, report)] };
      }
    },
  };
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
