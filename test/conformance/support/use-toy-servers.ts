import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import { startToyServer, type ToyOptions, type ToyServer } from './toy-server.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  /** Default: the server that every test has. */
  readonly at?: ToyServer;
}

export interface ToyServers {
  /** The one that every test has anew. */
  readonly server: ToyServer;
  /** Starts another, which ends with the test. */
  start(this: void, options?: ToyOptions): Promise<ToyServer>;
  /** Asks with any method, any header and any body, on a connection of its own. */
  ask(this: void, path: string, options?: AskOptions): Promise<Answer>;
  /** POSTs to /graphql, as JSON unless the headers say otherwise. What is neither text nor bytes is written as JSON. */
  post(
    this: void,
    body: unknown,
    headers?: Record<string, string>,
    at?: ToyServer,
  ): Promise<Answer>;
  /** A connection that says what it is told, byte by byte. */
  dial(
    this: void,
    at?: ToyServer,
  ): Promise<{ readonly socket: Socket; readonly received: () => string }>;
}

/** Gives every test of the file a server, and ways to ask it. */
export function useToyServers(): ToyServers {
  let servers: ToyServer[] = [];
  let server: ToyServer;
  const start = async (options: ToyOptions = {}): Promise<ToyServer> => {
    const started = await startToyServer(options);
    servers.push(started);
    return started;
  };
  beforeEach(async () => {
    server = await start();
  });
  afterEach(async () => {
    await Promise.all(servers.map((started) => started.close()));
    servers = [];
  });

  const ask: ToyServers['ask'] = async (path, options = {}) => {
    const { method = 'GET', headers, body, at = server } = options;
    const request = httpRequest(`${at.url}${path}`, { method, headers, agent: false });
    request.end(body);
    const [response] = await once(request, 'response');
    // A sender that is refused may find the connection closed while it still sends.
    request.on('error', () => {});
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode, headers: response.headers, text };
  };

  return {
    get server() {
      return server;
    },
    start,
    ask,
    post: (body, headers = {}, at = server) =>
      ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
        at,
      }),
    dial: async (at = server) => {
      const socket = connect(at.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('error', () => {});
      await once(socket, 'connect');
      return { socket, received: () => text };
    },
  };
}

/** The code of the first error. */
export function codeOf({ text }: Answer): unknown {
  return JSON.parse(text).errors?.[0].extensions.code;
}
