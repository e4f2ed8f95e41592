import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FormattedExecutionResult } from 'graphql';
import type { JsonMediaType } from './accept.ts';
import { answerJson } from './respond.ts';

/** Codes whose meaning HTTP's own machinery (proxies, retries, monitoring) should see whatever the media type. */
const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  OPERATION_NOT_ALLOWED: 400,
  OPERATION_TOO_COMPLEX: 400,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
};

/**
 * Answers with the result of a query or mutation. One with `data` is 200, even with errors in it. One without is 4xx or 5xx as
 * application/graphql-response+json, and 200 as application/json but for the codes above: GraphQL over HTTP asks for both.
 */
export function answerResult(
  response: ServerResponse,
  result: FormattedExecutionResult,
  mediaType: JsonMediaType,
): void {
  const headers: OutgoingHttpHeaders = { 'content-type': `${mediaType}; charset=utf-8` };
  let status = 200;
  if (result.data === undefined) {
    const { code, retryAfterSeconds } = result.errors?.[0]?.extensions ?? {};
    status =
      (typeof code === 'string' ? STATUS[code] : undefined) ??
      (mediaType === 'application/json' ? 200 : 400);
    if (typeof retryAfterSeconds === 'number') headers['retry-after'] = String(retryAfterSeconds);
  }
  answerJson(response, status, JSON.stringify(result), headers);
}
