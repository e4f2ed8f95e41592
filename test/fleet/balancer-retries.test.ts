import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { removeFolders } from '../support/processes/folder.ts';
import { freePort } from '../support/processes/free-port.ts';
import { startNginx } from '../support/proxies/nginx.ts';
import type { Proxy } from '../support/proxies/proxy.ts';
import { isMissing } from '../support/processes/system-server.ts';

/** How an instance treats every request that it has read whole. */
type Treatment = 'answers' | 'breaks' | 'goes away';

/** Which requests the balancer may send again is decided by deploy/nginx.conf alone, so what stands behind it need be no gateway. */
describe.skipIf(isMissing('nginx'))('nginx, when an instance fails', () => {
  const servers: Server[] = [];
  let nginx: Proxy;
  afterEach(async () => {
    await nginx.stop();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    removeFolders();
  });

  async function instance(treatment: Treatment) {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        seen.push(`${request.method}`);
        if (treatment === 'breaks') response.destroy();
        else response.writeHead(treatment === 'answers' ? 200 : 503).end();
      });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on TCP
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, seen };
  }
  const send = async (method: string): Promise<number> => {
    const body = method === 'POST' ? { body: '{"query":"mutation { buy }"}' } : {};
    const response = await fetch(`${nginx.url}/graphql`, { method, ...body });
    await response.arrayBuffer();
    return response.status;
  };

  it.each(['breaks', 'goes away'] as const)(
    'a GET that reached one that %s is answered by the next, and so is every POST after it',
    async (treatment) => {
      const failing = await instance(treatment);
      const working = await instance('answers');
      nginx = await startNginx([failing, working]);
      // Two, since connections go round: one of them meets the failing one.
      expect([await send('GET'), await send('GET')]).toEqual([200, 200]);
      expect(failing.seen).toEqual(['GET']);
      for (let count = 0; count < 10; count += 1) expect(await send('POST')).toBe(200);
      expect(failing.seen).toEqual(['GET']);
    },
  );

  it('a POST goes to the next when nobody listens, since nothing of it was sent', async () => {
    const working = await instance('answers');
    nginx = await startNginx([{ url: `http://127.0.0.1:${await freePort()}` }, working]);
    for (let count = 0; count < 10; count += 1) expect(await send('POST')).toBe(200);
    expect(working.seen).toHaveLength(10);
  });
});
