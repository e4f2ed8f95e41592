import {
  credentialsOfHeaders,
  identify,
  type Authenticate,
  type Identity,
} from '../../auth/credentials.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpContext, PostedParams } from '../operation-context.ts';
import {
  pickParams,
  type BadParams,
  type OperationParams,
  type RawParams,
} from '../operation-params.ts';
import { readBody } from './body.ts';

/** Who asks; checked when it is first asked for, and told at once where nobody has to be asked. */
export function identifyOnce(
  context: HttpContext,
  parts: { readonly authenticate: Authenticate; readonly clock: Clock },
): Identity | Promise<Identity> {
  const { req, trace } = context;
  if (context.identity === undefined) {
    context.identity = identify(credentialsOfHeaders(req.headers), parts, trace);
  }
  return context.identity;
}

/** The parameters of a POST; read when they are first asked for. */
export function paramsOnce(context: HttpContext, bodyBytes: number): Promise<PostedParams> {
  context.posted ??= readBody(context.req, bodyBytes).then((body) =>
    typeof body === 'string' ? body : paramsOfBody(body),
  );
  return context.posted;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** From the body of a POST. */
function paramsOfBody(body: Buffer): OperationParams | BadParams {
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
