import type { StreamFormat } from './stream-format.ts';

/**
 * Server-sent events, as GraphQL over SSE names them. A cut has no event of its own: it is an end
 * without `complete`.
 */
export const eventText: StreamFormat = {
  transport: 'sse',
  head: {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    // Tells nginx not to collect events.
    'x-accel-buffering': 'no',
  },
  start: '',
  beat: ':\n\n',
  next: (payload, id) => `event: next\n${id === null ? '' : `id: ${id}\n`}data: ${payload}\n\n`,
  complete: 'event: complete\ndata:\n\n',
  cut: () => '',
};
