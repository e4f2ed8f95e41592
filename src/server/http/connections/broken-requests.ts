import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientError, type ClientError } from '../../client-error.ts';
import type { ServerLimits } from '../../limits.ts';
import { errorHeaders } from '../error-fate.ts';
import type { GatewayResponse } from '../gateway-response.ts';
import { errorBody } from '../json-answers.ts';

/** Writes an error to a connection that no response writes to, and ends it. */
export function refuseConnection(
  connection: Duplex,
  status: number,
  { told }: Pick<ClientError, 'told'>,
): void {
  connection.on('error', () => {});
  // The other side could keep a half-closed connection, and with it the server, open for ever.
  connection.once('finish', () => connection.destroy());
  const body = errorBody(told);
  const head = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...errorHeaders(status, told),
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

/** What a request is told whose head or body does not arrive in time. */
export function refuseSlow(connection: Duplex, what: 'head' | 'body', withinMs: number): void {
  const late = `The ${what} of the request did not arrive within ${withinMs / 1_000} seconds.`;
  refuseConnection(connection, 408, clientError('BAD_REQUEST', late));
}

/** A server of node:http, whatever its responses are. */
interface TellsOfErrors {
  on(
    event: 'clientError',
    hear: (error: NodeJS.ErrnoException, connection: Duplex) => void,
  ): unknown;
}

/**
 * Answers what Node cannot read as a request, with an error that says why.
 *
 * A connection that has said nothing yet is no slow request: clients open some in advance. It may
 * stay as long as one between two requests, and is closed as silently. Told that it is late, it
 * would take that for the answer to what it is just beginning to ask.
 */
export function answerBrokenRequests(
  server: TellsOfErrors,
  active: ReadonlyMap<GatewayResponse, number>,
  limits: ServerLimits,
): void {
  server.on('clientError', (error, connection) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server listens on TCP
    const socket = connection as Socket;
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    if (isLate && socket.bytesRead === 0) {
      socket.setTimeout(limits.keepAliveMs);
      return;
    }
    // Whoever does not read what it is told does not keep the connection with that.
    socket.setTimeout(limits.lingerMs);
    const hasAnswer = [...active.keys()].some((one) => one.socket === socket && one.headersSent);
    if (!socket.writable || hasAnswer) socket.destroy();
    else if (isLate) refuseSlow(socket, 'head', limits.headersMs);
    else refuseConnection(socket, ...brokenBy(error, limits));
  });
}

function brokenBy({ code }: NodeJS.ErrnoException, limits: ServerLimits): [number, ClientError] {
  const because = (message: string): ClientError => clientError('BAD_REQUEST', message);
  if (code === 'HPE_HEADER_OVERFLOW')
    return [431, because(`The head of a request has at most ${limits.headBytes} bytes.`)];
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return [413, because('The extensions of a chunk are too long.')];
  return [400, because('This cannot be read as a request of HTTP/1.1.')];
}
