import type { OperationRequest } from '../operations/operation-types.ts';

/** What is wrong with a request's parameters; fit for callers, echoes nothing of theirs. */
export interface BadParams {
  readonly problem: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** From the body of a POST. Keys that GraphQL over HTTP does not know are ignored, as its specification asks. */
export function paramsOfBody(body: Buffer): OperationRequest | BadParams {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    return { problem: 'The body is not valid JSON in UTF-8.' };
  }
  if (Array.isArray(value)) return { problem: 'Batches are not supported: send one object.' };
  if (!isRecord(value)) return { problem: 'The body must be one JSON object.' };
  return paramsOf(value);
}

/** From the query string of a GET: `variables` and `extensions` are JSON. An empty parameter is one that is not there. */
export function paramsOfSearch(search: string): OperationRequest | BadParams {
  const params = new URLSearchParams(search);
  const given = (name: string): string | null => params.get(name) || null;
  try {
    return paramsOf({
      query: given('query') ?? undefined,
      documentId: given('documentId'),
      operationName: given('operationName'),
      variables: JSON.parse(given('variables') ?? 'null'),
      extensions: JSON.parse(given('extensions') ?? 'null'),
    });
  } catch {
    return { problem: '"variables" and "extensions" must be JSON objects.' };
  }
}

/**
 * From the parameters themselves. An operation of the manifest may be named instead of sent: by `documentId`, as the specification's
 * draft has it, or by `extensions.persistedQuery.sha256Hash`, as Apollo's clients do; `query` is then left out or empty.
 */
export function paramsOf(value: Readonly<Record<string, unknown>>): OperationRequest | BadParams {
  const {
    query,
    documentId = null,
    operationName = null,
    variables = null,
    extensions = null,
  } = value;
  if (operationName !== null && typeof operationName !== 'string') {
    return { problem: '"operationName" must be a string, or left out.' };
  }
  if (variables !== null && !isRecord(variables)) {
    return { problem: '"variables" must be an object, or left out.' };
  }
  if (extensions !== null && !isRecord(extensions)) {
    return { problem: '"extensions" must be an object, or left out.' };
  }
  const id = documentId ?? hashOf(extensions);
  if (id !== null && typeof id !== 'string') {
    return { problem: 'The id of a persisted operation must be a string.' };
  }
  if (id !== null && (query === undefined || query === null || query === '')) {
    return { query: null, documentId: id, operationName, variables };
  }
  if (typeof query !== 'string') return { problem: '"query" must be a string.' };
  return { query, documentId: id, operationName, variables };
}

function hashOf(extensions: Readonly<Record<string, unknown>> | null): unknown {
  const persisted = extensions?.['persistedQuery'];
  return isRecord(persisted) ? (persisted['sha256Hash'] ?? null) : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
