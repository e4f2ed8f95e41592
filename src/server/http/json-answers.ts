import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import type { Clock } from '../../runtime/clock.ts';
import type { ClientError } from '../client-error.ts';
import { errorHeaders } from './error-fate.ts';

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

/**
 * Ends an answer whose head has told its length, as one write. Of a body that is given to `end`
 * Node makes two, and hands both to the system together, which costs more than the one.
 */
export function endWith(response: ServerResponse, body: string): void {
  // What is as long as its bytes is ASCII, which is written without being encoded.
  response.write(body, Buffer.byteLength(body) === body.length ? 'latin1' : 'utf8');
  response.socket?.uncork();
  response.end();
}

/**
 * Answers with an error in the shape of a GraphQL answer, whatever route was asked, and with the
 * headers that it asks for. `headers` are what else the answer has.
 */
export function answerError(
  response: ServerResponse,
  status: number,
  told: GraphQLFormattedError,
  headers: OutgoingHttpHeaders = {},
): void {
  const all = { ...headers, ...errorHeaders(status, told) };
  answerJson(response, status, errorBody(told), all);
}

/** The same as plugins answer: their answers are sent by Yoga. */
export function errorResponse(
  { Response }: Pick<FetchAPI, 'Response'>,
  status: number,
  { told }: ClientError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = errorBody(told);
  return new Response(body, {
    status,
    // Of this answer alone: the library keeps it, and changes it.
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...headers,
      ...errorHeaders(status, told),
      'content-length': String(Buffer.byteLength(body)),
    },
  });
}

/** The body of an answer that is one error. */
export function errorBody(told: GraphQLFormattedError): string {
  return JSON.stringify({ errors: [told] });
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
