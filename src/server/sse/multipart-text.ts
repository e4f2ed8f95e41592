import type { StreamFormat } from './stream-format.ts';

/** JSON escapes line breaks, so that no payload can hold it. */
const BOUNDARY = '\r\n--graphql';

/**
 * One part, and the boundary behind it at once: readers take a part for whole when they see what
 * follows.
 */
function part(body: string): string {
  return `\r\nContent-Type: application/json\r\n\r\n${body}${BOUNDARY}`;
}

const END = '--\r\n';

/**
 * Apollo's protocol, `subscriptionSpec=1.0`: what GraphQL answers is in `payload`, errors of a
 * request too; an error beside a payload of null is one of the connection, and its readers may try
 * again.
 */
export const multipartText: StreamFormat = {
  transport: 'multipart',
  head: {
    'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    'cache-control': 'no-cache, no-transform',
    // Tells nginx not to collect parts.
    'x-accel-buffering': 'no',
  },
  start: BOUNDARY,
  beat: part('{}'),
  next: (payload) => part(`{"payload":${payload}}`),
  complete: END,
  cut: (error) => part(JSON.stringify({ payload: null, errors: [error] })) + END,
};
