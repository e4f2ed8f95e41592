import { describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { useToyServers } from '../conformance/support/use-toy-servers.ts';
import { until } from '../support/processes/until.ts';

/** What graphql-ws's server does by itself, and the gateway must not. */
describe('the WebSocket protocol', () => {
  const toys = useToyServers();

  const subscribe = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } });
  const ping = { type: 'ping' };

  it('never gives a late answer to the next operation of the same id', async () => {
    const socket = await connectRaw(toys.server.url);
    socket.send(subscribe('q', '{ slow }'));
    await until(() => toys.server.waiting === 1);
    socket.send({ id: 'q', type: 'complete' });
    socket.send(subscribe('q', 'subscription { feed }'));
    await until(() => toys.server.jobs.watching === 1);
    toys.server.openGate();
    await until(() => toys.server.waiting === 0);
    socket.send(ping);
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.send({ id: 'q', type: 'complete' });
    await until(() => toys.server.jobs.watching === 0);
  });

  it('gives a connection back that went while its credential was checked', async () => {
    let admit = (): void => {};
    const checked = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const small = await toys.start({
      limits: { connectionsPerTeam: 1 },
      authenticate: async ({ apiKey }) => {
        if (apiKey === 'slow') await checked;
        return { team: 'a', expiresAt: null };
      },
    });
    const gone = await connectRaw(small.url, { init: false });
    gone.send({ type: 'connection_init', payload: { 'x-api-key': 'slow' } });
    gone.webSocket.terminate();
    await gone.closed;
    admit();
    await until(async () => {
      const next = await connectRaw(small.url, { init: false });
      next.send({ type: 'connection_init' });
      const ack = await next.next().catch(() => null);
      next.webSocket.terminate();
      return ack?.type === 'connection_ack';
    });
    expect(gone.inbox).toEqual([]);
  });

  it('closes with a code whatever the length of an id', async () => {
    const socket = await connectRaw(toys.server.url);
    const id = 'ü'.repeat(20_000);
    socket.send(subscribe(id, 'subscription { feed }'));
    socket.send(subscribe(id, 'subscription { feed }'));
    expect((await socket.closed).code).toBe(4409);
    await until(() => toys.server.jobs.watching === 0);
  });

  it('takes ids that look like its own, and like properties of an object', async () => {
    const socket = await connectRaw(toys.server.url);
    for (const id of ['1', '2', '__proto__', 'constructor', '{"id":"1","type":"next"']) {
      socket.send(subscribe(id, '{ hello }'));
      expect(await socket.next()).toMatchObject({ id, payload: { data: { hello: 'world' } } });
      expect(await socket.next()).toEqual({ id, type: 'complete' });
    }
  });

  it('does not close the socket for what an operation did wrong', async () => {
    const socket = await connectRaw(toys.server.url);
    const wrong = [
      '{',
      '{ nope }',
      'query A { hello } query B { hello }',
      'fragment F on Query { hello }',
    ];
    for (const query of wrong) {
      socket.send(subscribe('e', query));
      expect(await socket.next()).toMatchObject({ id: 'e', type: 'error' });
    }
    const extensions = { persistedQuery: { sha256Hash: 7 } };
    socket.send({ id: 'e', type: 'subscribe', payload: { query: '', extensions } });
    expect(await socket.next()).toMatchObject({
      id: 'e',
      type: 'error',
      payload: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    socket.send(ping);
    expect(await socket.next()).toEqual({ type: 'pong' });
    expect(toys.server.errors).toEqual([]);
  });

  it('keeps the contexts of operations apart', async () => {
    const socket = await connectRaw(toys.server.url);
    toys.server.jobs.set('a');
    const query = 'subscription { job(id: "a") { context } }';
    socket.send(subscribe('1', query));
    const first = await socket.next();
    toys.server.jobs.set('a');
    const second = await socket.next();
    expect(second.payload.data.job.context).not.toBe(first.payload.data.job.context);
  });
});
