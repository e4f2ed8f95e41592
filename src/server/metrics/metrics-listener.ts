import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ReadMetrics } from './metrics-route.ts';

/** Figures at a port of their own, which no proxy in front need pass on. Rejects when it cannot listen. Resolves to its end. */
export async function listenForScrapes(
  read: ReadMetrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    read().then(
      ({ contentType, body }) => response.writeHead(200, { 'content-type': contentType }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(port, host);
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}
