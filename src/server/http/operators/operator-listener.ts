import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { messageOf } from '../../../runtime/errors.ts';
import type { Log } from '../../../runtime/log.ts';
import { asksVerbosely, type OperatorRoutes } from './operator-routes.ts';

/** What operators read at a port of its own, which no proxy in front need pass on. */
export interface OperatorListenerParts {
  readonly host: string;
  readonly port: number;
  readonly routes: OperatorRoutes;
  /** Whether the gateway serves. */
  readonly ready: () => Promise<boolean>;
  readonly log: Log;
}

/** A listener for operators alone. */
export interface OperatorListener {
  /** The one that was picked, where 0 was asked for. */
  readonly port: number;
  /** Ends it, whoever still reads. */
  stop(): Promise<void>;
}

/** Starts to listen. Rejects when it cannot. */
export async function startOperatorListener(
  parts: OperatorListenerParts,
): Promise<OperatorListener> {
  const { host, port, routes, ready, log } = parts;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path, search = ''] = (request.url ?? '').split('?');
    if (!routes.mayRead(request)) return void response.writeHead(404).end();
    if (path === '/metrics') return routes.answerMetrics(request, response);
    if (path === '/ready' && asksVerbosely(search)) {
      return routes.answerStatus(response, await ready());
    }
    return void response.writeHead(404).end();
  };

  const server = createServer((request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    answer(request, response).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'What operators read could not be told');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
