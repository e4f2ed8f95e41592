import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

/** Stands between a client and a gateway, and breaks one WebSocket. */
export interface BreakingProxy {
  readonly url: string;
  /** What `after` was in every subscription that began through it; undefined: not given. */
  readonly afters: readonly unknown[];
  /** The version in the last event before the break; null before it. */
  brokenAfter(): unknown;
  close(): void;
}

/** Passes everything on, but breaks the WebSocket of the first subscription after its second event. */
export async function startBreakingProxy(target: string): Promise<BreakingProxy> {
  const afters: unknown[] = [];
  let events = 0;
  let brokenAfter: unknown = null;

  const server = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const onward = request(`${target}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
  sockets.on('connection', (client) => {
    const onward = new WebSocket(`${target.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const opened = once(onward, 'open');
    client.on('message', (data) => {
      const { type, payload } = messageIn(data);
      if (type === 'subscribe') afters.push(payload.variables.after);
      void opened.then(() => onward.send(textOf(data)));
    });
    onward.on('message', (data) => {
      const { type, payload } = messageIn(data);
      client.send(textOf(data));
      if (type !== 'next') return;
      events += 1;
      if (events !== 2) return;
      brokenAfter = Object.values(payload.data)[0]?.version;
      // Without a closing handshake, but behind what was sent: how a network breaks.
      client.send('', () => client.terminate());
    });
    client.on('close', () => onward.terminate());
    onward.on('close', () => client.close());
    onward.on('error', () => undefined);
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('It has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    afters,
    brokenAfter: () => brokenAfter,
    close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Message {
  readonly type: string;
  readonly payload: {
    readonly variables: { readonly after?: unknown };
    readonly data: Readonly<Record<string, { readonly version: unknown }>>;
  };
}

function messageIn(data: RawData): Message {
  return JSON.parse(textOf(data));
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}
