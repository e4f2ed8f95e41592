import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ToyServer } from './toy-server.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** Asks with any method, any header and any body, on a connection of its own. */
export async function ask(
  server: ToyServer,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string | Buffer;
  } = {},
): Promise<Answer> {
  const request = httpRequest(`${server.url}${path}`, {
    method: options.method ?? 'GET',
    headers: options.headers,
    agent: false,
  });
  request.end(options.body);
  const [response] = await once(request, 'response');
  // A sender that is refused may find the connection closed while it still sends.
  request.on('error', () => {});
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, headers: response.headers, text };
}

/** POSTs to /graphql, as JSON unless the headers say otherwise; what is neither text nor bytes is written as JSON. */
export async function post(
  server: ToyServer,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(server, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
}

/** The code of the first error. */
export function codeOf({ text }: Answer): unknown {
  return JSON.parse(text).errors?.[0].extensions.code;
}

/** A connection that says what it is told, byte by byte. */
export async function dial(
  server: ToyServer,
): Promise<{ readonly socket: Socket; readonly received: () => string }> {
  const socket = connect(server.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return { socket, received: () => text };
}
