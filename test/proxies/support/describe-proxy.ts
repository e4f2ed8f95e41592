import { once } from 'node:events';
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { openSocket } from '../../support/fleet/fleet.ts';
import { isMissing } from '../../support/processes/system-server.ts';
import { until } from '../../support/processes/until.ts';
import type { Proxy } from '../../support/proxies/proxy.ts';
import { askProxy } from './ask-proxy.ts';
import { describeInstances } from './describe-instances.ts';
import { describeWatching } from './describe-watching.ts';
import { openEventStream } from './event-stream.ts';
import type { ProxyTraits } from './proxy-traits.ts';
import { useProxiedGateway } from './use-proxied-gateway.ts';

/** What is secret of some requests, and their paths. */
const NEVER_LOGGED = {
  'a-token-of-a-webhook': '/webhooks/akool/a-token-of-a-webhook',
  'a-face-of-a-person': '/graphql?query=a-face-of-a-person',
};

/** The path of a request that comes after those. */
const LOGGED = '/no-such-path';

/** What holds of every proxy with its file of `deploy`. */
export function describeProxy(traits: ProxyTraits): void {
  describe.skipIf(isMissing(traits.program))(`behind ${traits.name}`, () => {
    describe('a gateway', () => {
      describeRequests(traits);
    });
    describe('a job', () => {
      describeWatching(traits);
    });
    describe('of instances', () => {
      describeInstances(traits);
    });
  });
}

function describeRequests(traits: ProxyTraits): void {
  const behind = useProxiedGateway(traits);

  it('answers callers and its own pages, and nobody else’s', async () => {
    const { host } = new URL(behind.proxy.url);
    for (const [origin, asked, upgraded] of [
      [`http://${host}`, 200, 101],
      ['http://evil.example', 403, 403],
    ] as const) {
      expect((await askProxy(behind.proxy, '{ __typename }', { origin })).status).toBe(asked);
      expect(await handshake(behind.proxy, origin)).toBe(upgraded);
    }
    const byGet = await fetch(
      `${behind.proxy.url}/graphql?query=${encodeURIComponent('{ __typename }')}`,
    );
    expect(await byGet.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('takes large heads, and refuses what is too large by itself, in JSON', async () => {
    const answer = await askProxy(behind.proxy, `{ __typename } # ${'x'.repeat(500_000)}`);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    const { status } = await fetch(`${behind.proxy.url}/graphql?query=%7B__typename%7D`, {
      headers: { 'x-large': 'x'.repeat(12_000) },
    });
    expect(status).toBe(200);
  });

  it('closes sockets with 1001 when it drains, ends streams, and is found again when it is back', async () => {
    const id = await behind.buyTask();
    const socket = openSocket(behind.proxy).watch(id);
    const stream = openEventStream(behind.proxy, id);
    await until(() => [socket, stream].every(({ states }) => states.length > 0));
    expect(await behind.gateway.end('SIGTERM')).toBe(0);
    await until(() => socket.closeCode() !== null && stream.end() !== null);
    expect(socket.closeCode()).toBe(1001);
    expect(stream.end()).toBe('ended');

    for (const path of [...Object.values(NEVER_LOGGED), LOGGED]) {
      const { status } = await fetch(`${behind.proxy.url}${path}`, { method: 'POST' });
      expect([502, 503, 504]).toContain(status);
    }
    await until(() => !traits.logsRequests || behind.proxy.logged().includes(LOGGED));
    for (const secret of Object.keys(NEVER_LOGGED))
      expect(behind.proxy.logged()).not.toContain(secret);

    await behind.restart();
    await until(async () => (await askProxy(behind.proxy, '{ __typename }')).status === 200);
    const back = openSocket(behind.proxy).watch(id);
    await until(() => back.states.length > 0);
  });
}

/** What a WebSocket handshake from a page is answered with. */
async function handshake({ url }: Proxy, origin: string): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    origin,
  });
  const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) =>
    Number(statusCode),
  );
  const accepted = once(socket, 'upgrade').then(([{ statusCode }]) => Number(statusCode));
  const status = await Promise.race([refused, accepted]);
  socket.on('error', () => undefined);
  socket.terminate();
  return status;
}
