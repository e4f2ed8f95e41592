import type { GraphQLParams } from 'graphql-yoga';

/** What a caller asks for, from whatever transport. */
export interface OperationParams extends GraphQLParams {
  /**
   * Of an operation of the manifest, as the specification's draft has it; counts where there is no
   * `query`.
   */
  readonly documentId?: string;
}

/** What is wrong with parameters; fit for callers, echoes nothing of theirs. */
export interface BadParams {
  readonly problem: string;
}

/**
 * Parameters as they came. The types of the first three are looked at by the library of the
 * protocol, those of the others are not.
 */
export interface RawParams {
  readonly query?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
  readonly operationName?: unknown;
  readonly documentId?: unknown;
}

/**
 * The keys that GraphQL over HTTP knows; others are ignored, as its specification asks. What is
 * null is not there, nor is an empty name, as in the query string of a GET.
 */
export function pickParams(raw: RawParams): OperationParams | BadParams {
  const { query, variables, extensions, operationName, documentId } = raw;
  if (!isTextOrNothing(operationName)) {
    return { problem: '"operationName" must be a string, or left out.' };
  }
  if (!isTextOrNothing(documentId)) {
    return { problem: 'The id of a persisted operation must be a string.' };
  }
  const params: Writable<OperationParams> = {};
  if (isThere(query)) params.query = query;
  if (isThere(variables)) params.variables = variables;
  if (isThere(extensions)) params.extensions = extensions;
  if (operationName) params.operationName = operationName;
  if (isThere(documentId)) params.documentId = documentId;
  return params;
}

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

function isThere<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

function isTextOrNothing(value: unknown): value is string | null | undefined {
  return !isThere(value) || typeof value === 'string';
}
