import { once } from 'node:events';
import { Socket } from 'node:net';
import { WebSocket, type ClientOptions } from 'ws';
import type { ToyJob } from './toy-jobs.ts';

/** A message of the server; the payload as the toy schema's operations have it, where there is one. */
export interface RawMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload: {
    readonly data: {
      readonly job: ToyJob & { readonly team: string; readonly context: number };
      readonly echo: string;
      readonly feed: number;
    };
  };
}

/** A WebSocket client that says exactly what it is told to. */
export interface RawSocket {
  readonly webSocket: WebSocket;
  /** The connection below it, for bytes that are no frames. */
  readonly connection: Socket;
  send(message: unknown): void;
  /** The next message that was not taken yet; rejects when the socket closes instead. */
  next(): Promise<RawMessage>;
  /** Messages that came and were not taken. */
  readonly inbox: RawMessage[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Connects; with `init` also initialises and takes the acknowledgement. */
export async function connectRaw(
  url: string,
  options: ClientOptions & {
    readonly protocol?: string | string[];
    readonly init?: Readonly<Record<string, unknown>> | false;
  } = {},
): Promise<RawSocket> {
  const { protocol = 'graphql-transport-ws', init = {}, ...clientOptions } = options;
  const webSocket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol, clientOptions);
  const inbox: RawMessage[] = [];
  const takers: { resolve(message: RawMessage): void; reject(error: Error): void }[] = [];
  webSocket.on('message', (data: Buffer) => {
    const message: RawMessage = JSON.parse(data.toString());
    const taker = takers.shift();
    if (taker) taker.resolve(message);
    else inbox.push(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    webSocket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      for (const taker of takers) taker.reject(new Error(`closed with ${code}`));
    });
  });
  await once(webSocket, 'open');
  const connection: unknown = Reflect.get(webSocket, '_socket');
  if (!(connection instanceof Socket)) throw new Error('No socket below the WebSocket');
  const socket: RawSocket = {
    webSocket,
    connection,
    inbox,
    closed,
    send: (message) =>
      webSocket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    next: async () => {
      const message = inbox.shift();
      if (message) return message;
      return new Promise((resolve, reject) => takers.push({ resolve, reject }));
    },
  };
  if (init !== false) {
    socket.send({ type: 'connection_init', payload: init });
    await socket.next();
  }
  return socket;
}
