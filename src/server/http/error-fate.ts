import type { GraphQLFormattedError } from 'graphql';

/** An error as callers are told it; undefined: there is none. */
type ToldError = Pick<GraphQLFormattedError, 'extensions'> | undefined;

/**
 * Codes whose meaning HTTP's own machinery (proxies, retries, monitoring) should see whatever the
 * media type.
 */
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

/** The status that goes with an error by its code alone; undefined: it depends on the answer. */
export function statusOf(error: ToldError): number | undefined {
  const code = error?.extensions?.['code'];
  return typeof code === 'string' ? STATUS[code] : undefined;
}

/** How long an error asks its caller to wait, in seconds; undefined: it does not. */
export function retryAfterOf(error: ToldError): number | undefined {
  const seconds = error?.extensions?.['retryAfterSeconds'];
  return typeof seconds === 'number' ? seconds : undefined;
}

/**
 * The headers of an answer that is nothing but errors, the first of which counts: what it says in
 * its body HTTP's machinery reads here. They are of that answer alone.
 */
export function errorHeaders(status: number, error: ToldError): Record<string, string> {
  const seconds = retryAfterOf(error);
  return {
    ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(seconds !== undefined && { 'retry-after': String(seconds) }),
  };
}
