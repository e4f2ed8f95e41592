import {
  pickParams,
  type BadParams,
  type OperationParams,
  type RawParams,
} from '../operation-params.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** From the body of a POST. */
export function paramsOfBody(body: Buffer): OperationParams | BadParams {
  let value: RawParams | null;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    return { problem: 'The body is not valid JSON in UTF-8.' };
  }
  if (Array.isArray(value)) return { problem: 'Batches are not supported: send one object.' };
  return typeof value === 'object' && value !== null
    ? pickParams(value)
    : { problem: 'The body must be one JSON object.' };
}

/**
 * From the query string of a GET: `variables` and `extensions` are JSON. An empty parameter is one
 * that is not there.
 */
export function paramsOfSearch(search: string): OperationParams | BadParams {
  const params = new URLSearchParams(search);
  const given = (name: string): string | null => params.get(name) || null;
  try {
    return pickParams({
      query: given('query'),
      documentId: given('documentId'),
      operationName: given('operationName'),
      variables: JSON.parse(given('variables') ?? 'null'),
      extensions: JSON.parse(given('extensions') ?? 'null'),
    });
  } catch {
    return { problem: '"variables" and "extensions" must be JSON objects.' };
  }
}
