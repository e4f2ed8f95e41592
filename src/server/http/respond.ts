import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import type { Clock } from '../../runtime/clock.ts';
import type { ClientError } from '../client-error.ts';

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

/** The same for one error, as plugins answer: their answers are sent by Yoga. */
export function errorResponse(
  { Response }: Pick<FetchAPI, 'Response'>,
  status: number,
  { told }: ClientError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = JSON.stringify({ errors: [told] });
  return new Response(body, {
    status,
    // Of this answer alone: the library keeps it, and changes it.
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
  });
}

/**
 * To be called when a request is answered before its body was read. The rest is read and dropped,
 * so the connection stays usable; closing it at once would reset it, and the sender could lose the
 * answer. A sender that still sends after `lingerMs` is cut.
 */
export function dropRest(request: IncomingMessage, clock: Clock, lingerMs: number): void {
  if (request.complete) return;
  const cancel = clock.after(lingerMs, () => request.destroy());
  request.once('close', cancel);
  request.once('end', cancel);
  request.on('error', () => {});
  request.resume();
}
