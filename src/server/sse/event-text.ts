/** The headers of an event stream, beside those that every answer has. */
export const STREAM_HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Tells nginx not to collect events.
  'x-accel-buffering': 'no',
};

/** A comment: keeps proxies from closing an idle stream and finds peers that are gone. */
export const BEAT = ':\n\n';

/** The last event of a stream that ended by itself. */
export const COMPLETE = 'event: complete\ndata:\n\n';

/** The event of one payload. */
export function nextEvent(payload: string): string {
  return `event: next\ndata: ${payload}\n\n`;
}

/** The whole stream of an answer that is one payload. */
export function oneEvent(payload: string): string {
  return nextEvent(payload) + COMPLETE;
}
