import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { HttpFate } from '../client-error.ts';
import type { JsonMediaType } from '../accept.ts';

/** Codes whose meaning HTTP's own machinery (proxies, retries, monitoring) should see whatever the media type. */
const STATUS: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  OPERATION_NOT_ALLOWED: 400,
  OPERATION_TOO_COMPLEX: 400,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
};

/**
 * The status of a result and the headers that go with it. One with `data` is 200, even with errors in it. One without is 4xx or
 * 5xx as application/graphql-response+json, and 200 as application/json but for the codes above: GraphQL over HTTP asks for both.
 * `refusal` is what the first error says itself.
 */
export function fateOf(
  { data, errors }: FormattedExecutionResult,
  refusal: HttpFate | null,
  mediaType: JsonMediaType,
): HttpFate {
  if (data !== undefined) return { status: 200 };
  const { code, retryAfterSeconds } = errors?.[0]?.extensions ?? {};
  const status =
    refusal?.status ??
    (typeof code === 'string' ? STATUS[code] : undefined) ??
    (mediaType === 'application/json' ? 200 : 400);
  return {
    status,
    headers: {
      ...refusal?.headers,
      ...(typeof retryAfterSeconds === 'number' && { 'retry-after': String(retryAfterSeconds) }),
    },
  };
}

/** What an error says about its HTTP status, where that is so whatever the media type. Yoga marks the others with `spec`. */
export function refusalIn(
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
