import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an instance treats every request that it has read whole, but for /ready. */
export type Treatment = 'answers' | 'breaks' | 'goes away';

/** What stands behind a proxy where only the proxy is looked at. */
export interface StubInstance {
  readonly url: string;
  /** Methods and paths of the requests so far, but for /ready. */
  readonly seen: readonly string[];
  /** Methods, paths and hosts of the health checks so far. */
  readonly checks: readonly string[];
  /** Whether /ready is 200 or 503. */
  isReady: boolean;
  stop(): void;
}

/** What an instance that answers answers. */
export const STUB_ANSWER = 'answered by the stub';

/** Starts one. */
export async function startStubInstance(treatment: Treatment): Promise<StubInstance> {
  const seen: string[] = [];
  const checks: string[] = [];
  const server = createServer((request, response) => {
    const line = `${request.method} ${request.url}`;
    request.resume().on('end', () => {
      if (request.url === '/ready') {
        checks.push(`${line} ${request.headers.host}`);
        response.writeHead(stub.isReady ? 200 : 503).end();
        return;
      }
      seen.push(line);
      if (treatment === 'breaks') response.destroy();
      else if (treatment === 'goes away') response.writeHead(503).end();
      else response.writeHead(200).end(STUB_ANSWER);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
  const { port } = server.address() as AddressInfo;
  const stub: StubInstance = {
    url: `http://127.0.0.1:${port}`,
    seen,
    checks,
    isReady: true,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return stub;
}
