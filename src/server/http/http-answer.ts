import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { HttpContext } from '../operation-context.ts';
import type { Operations } from '../operations/operations.ts';
import { streamFormats, wholeStream } from '../sse/stream-formats.ts';
import type { HttpFate } from '../client-error.ts';
import type { JsonMediaType } from '../accept.ts';
import { errorHeaders, retryAfterOf, statusOf } from './error-fate.ts';

/**
 * What is sent to a client. The headers are of this answer alone: whoever sends it may change them.
 */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * The answer that a result makes: JSON, or a stream of one payload for a client that takes nothing
 * else. Errors are as `describe` tells them.
 */
export function answerOf(
  result: Parameters<Operations['describe']['result']>[0],
  { accepted, trace }: Pick<HttpContext, 'accepted' | 'trace'>,
  describe: Operations['describe'],
): HttpAnswer {
  const told = describe.result(isEmpty(result) ? { errors: [new NoAnswerError()] } : result, trace);
  const refusal = refusalIn(result.errors);
  const mediaType = accepted.json ?? 'application/json';
  const { status, headers } = fateOf(told, refusal, mediaType);
  const body = JSON.stringify(told);
  // A stream has no status and no Retry-After, and a client that is to wait or to mend its request
  // needs both.
  if (accepted.json === null && accepted.stream !== null && !needsStatus(told, refusal)) {
    const format = streamFormats[accepted.stream];
    return { status: 200, headers: { ...format.head }, body: wholeStream(format, body) };
  }
  return {
    status,
    headers: {
      'content-type': `${mediaType}; charset=utf-8`,
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/**
 * The status of a result and the headers that go with it. One with `data` is 200, even with errors
 * in it. One without is 4xx or 5xx as application/graphql-response+json, and 200 as
 * application/json but for the codes above: GraphQL over HTTP asks for both. `refusal` is what the
 * first error says itself.
 */
function fateOf(
  { data, errors }: FormattedExecutionResult,
  refusal: HttpFate | null,
  mediaType: JsonMediaType,
): HttpFate {
  if (data !== undefined) return { status: 200 };
  const [error] = errors ?? [];
  const status =
    refusal?.status ?? statusOf(error) ?? (mediaType === 'application/json' ? 200 : 400);
  return { status, headers: { ...refusal?.headers, ...errorHeaders(status, error) } };
}

/**
 * What an error says about its HTTP status, where that is so whatever the media type. Yoga marks
 * the others with `spec`.
 */
function refusalIn(
  errors: readonly (GraphQLError | GraphQLFormattedError)[] | undefined,
): HttpFate | null {
  const http: unknown = errors?.[0]?.extensions?.['http'];
  return isFate(http) && !('spec' in http && http.spec === true) ? http : null;
}

function isFate(http: unknown): http is HttpFate {
  return (
    typeof http === 'object' && http !== null && 'status' in http && typeof http.status === 'number'
  );
}

/** A library took an abort for the caller's and dropped it, together with the answer. */
class NoAnswerError extends Error {}

function isEmpty({ data, errors }: Parameters<typeof answerOf>[0]): boolean {
  return data === undefined && (errors === undefined || errors.length === 0);
}

function needsStatus(
  { data, errors }: FormattedExecutionResult,
  refusal: HttpFate | null,
): boolean {
  if (data !== undefined) return false;
  const [error] = errors ?? [];
  const isBad = error?.extensions?.['code'] === 'BAD_REQUEST';
  return refusal !== null || isBad || retryAfterOf(error) !== undefined;
}
