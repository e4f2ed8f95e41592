import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { Clock } from '../../runtime/clock.ts';

/** Answers with a JSON body. Does nothing when an answer was begun or the caller is gone. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Answers with errors in the shape of a GraphQL answer, whatever route was asked. */
export function answerErrors(
  response: ServerResponse,
  status: number,
  errors: readonly GraphQLFormattedError[],
  headers: OutgoingHttpHeaders = {},
): void {
  answerJson(response, status, JSON.stringify({ errors }), headers);
}

/**
 * To be called when a request is answered before its body was read. The rest is read and dropped, so the connection stays usable;
 * closing it at once would reset it, and the sender could lose the answer. A sender that still sends after `lingerMs` is cut.
 */
export function dropRest(request: IncomingMessage, clock: Clock, lingerMs: number): void {
  if (request.complete) return;
  const cancel = clock.after(lingerMs, () => request.destroy());
  request.once('close', cancel);
  request.once('end', cancel);
  request.on('error', () => {});
  request.resume();
}
