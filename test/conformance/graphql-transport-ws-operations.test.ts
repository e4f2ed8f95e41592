import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connectRaw } from './support/raw-socket.ts';
import { startToyServer, type ToyServer } from './support/toy-server.ts';
import { until } from '../support/processes/until.ts';

describe('graphql-transport-ws: operations', () => {
  let server: ToyServer;
  beforeEach(async () => {
    server = await startToyServer();
  });
  afterEach(() => server.close());

  const subscribe = (id: string, query: string, variables?: object) => ({
    id,
    type: 'subscribe',
    payload: { query, variables },
  });
  const WATCH = 'subscription ($id: ID!) { job(id: $id) { version final } }';

  describe('operations', () => {
    it('answers a query with next and complete', async () => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('q', '{ hello }'));
      expect(await socket.next()).toEqual({
        id: 'q',
        type: 'next',
        payload: { data: { hello: 'world' } },
      });
      expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    });

    it('runs mutations', async () => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('m', 'mutation { buy(count: 7) }'));
      expect((await socket.next()).payload).toEqual({ data: { buy: 7 } });
      expect(server.bought).toEqual([7]);
    });

    it('streams a subscription to its end', async () => {
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      expect((await socket.next()).payload.data.job).toEqual({ version: 1, final: false });
      server.jobs.set('a', { final: true });
      expect((await socket.next()).payload.data.job).toEqual({ version: 2, final: true });
      expect(await socket.next()).toEqual({ id: 's', type: 'complete' });
    });

    it('writes ids and payloads of any text', async () => {
      const text = 'ü → 🏃 "quoted" \u2028';
      server.jobs.set('a', { text });
      const socket = await connectRaw(server.url);
      socket.send(subscribe(`id ${text}`, 'subscription { job(id: "a") { text } }'));
      expect(await socket.next()).toEqual({
        id: `id ${text}`,
        type: 'next',
        payload: { data: { job: { text } } },
      });
    });

    it.each([125, 126, 65_535, 65_536, 200_000])(
      'frames a text of about %d bytes',
      async (size) => {
        const socket = await connectRaw(server.url);
        for (const less of [0, 30, 60]) {
          const job = `job-${less}`;
          server.jobs.set(job, { text: 'x'.repeat(size - less) });
          socket.send(subscribe(job, `subscription { job(id: "${job}") { text } }`));
          expect((await socket.next()).payload.data.job.text).toHaveLength(size - less);
        }
      },
    );

    it('sends nothing for an operation that the client completed', async () => {
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      await socket.next();
      socket.send({ id: 's', type: 'complete' });
      await until(() => server.jobs.watching === 0);
      server.jobs.set('a');
      socket.send({ type: 'ping' });
      expect(await socket.next()).toEqual({ type: 'pong' });
    });

    it('sends nothing for a query that was completed before its answer', async () => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('q', '{ slow }'));
      await until(() => server.waiting === 1);
      socket.send({ id: 'q', type: 'complete' });
      socket.send({ type: 'ping' });
      await socket.next();
      server.openGate();
      await until(() => server.waiting === 0);
      socket.send({ type: 'ping' });
      expect(await socket.next()).toEqual({ type: 'pong' });
    });

    it('closes with 4409 when an id is used twice at once', async () => {
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      expect((await socket.closed).code).toBe(4409);
      await until(() => server.jobs.watching === 0);
    });

    it('lets an id be used again at once after complete, and leaves nothing behind', async () => {
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      // At once, so that streams are completed before they have opened, or with their first event on its way.
      for (let round = 0; round < 20; round += 1) {
        socket.send(subscribe('s', WATCH, { id: 'a' }));
        socket.send({ id: 's', type: 'complete' });
      }
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      socket.send({ type: 'ping' });
      while ((await socket.next()).type !== 'pong');
      // Every message has been taken by now, so it is the last one that watches.
      await until(() => server.jobs.watching === 1);
      server.jobs.set('a', { final: true });
      let message = await socket.next();
      while (message.payload.data.job.version === 1) message = await socket.next();
      expect(message).toMatchObject({
        id: 's',
        type: 'next',
        payload: { data: { job: { version: 2 } } },
      });
      expect(await socket.next()).toEqual({ id: 's', type: 'complete' });
      socket.send({ type: 'ping' });
      expect(await socket.next()).toEqual({ type: 'pong' });
      expect(server.jobs.watching).toBe(0);
    });

    it('runs many operations side by side', async () => {
      const socket = await connectRaw(server.url);
      for (let n = 0; n < 50; n += 1) socket.send(subscribe(`q${n}`, `{ echo(text: "${n}") }`));
      const seen = new Map<string | undefined, unknown>();
      for (let n = 0; n < 100; n += 1) {
        const message = await socket.next();
        if (message.type === 'next') seen.set(message.id, message.payload.data.echo);
      }
      expect(seen.size).toBe(50);
      for (const [id, text] of seen) expect(id).toBe(`q${String(text)}`);
    });
  });

  describe('errors', () => {
    it.each([
      ['GRAPHQL_PARSE_FAILED', '{ canary-4711', undefined],
      ['GRAPHQL_VALIDATION_FAILED', '{ nope }', undefined],
      ['OPERATION_TOO_COMPLEX', `{ self { ${'a: __typename '.repeat(101)} } }`, undefined],
      ['NOT_FOUND', WATCH, { id: 'nobody' }],
      ['INVALID_INPUT', WATCH, {}],
      ['INVALID_INPUT', 'query ($t: String!) { echo(text: $t) }', {}],
    ])('answers %s as an error of the operation and stays open', async (code, query, variables) => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('e', query, variables));
      const answer = await socket.next();
      expect(answer).toEqual({
        id: 'e',
        type: 'error',
        payload: [expect.objectContaining({ extensions: { code } })],
      });
      expect(JSON.stringify(answer)).not.toContain('canary-4711');
      socket.send(subscribe('e', '{ hello }'));
      expect((await socket.next()).payload).toEqual({ data: { hello: 'world' } });
    });

    it('keeps data beside a field error', async () => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('e', '{ hello missing }'));
      expect(await socket.next()).toMatchObject({
        type: 'next',
        payload: {
          data: { hello: 'world', missing: null },
          errors: [{ extensions: { code: 'NOT_FOUND' } }],
        },
      });
    });

    it('masks what breaks a stream', async () => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('e', 'subscription { broken }'));
      expect((await socket.next()).payload).toEqual({ data: { broken: 1 } });
      const error = await socket.next();
      expect(error).toMatchObject({
        type: 'error',
        payload: [{ extensions: { code: 'INTERNAL' } }],
      });
      expect(JSON.stringify(error)).not.toContain('the-secret-inside');
      expect(server.errors).toHaveLength(1);
    });

    it('refuses the 101st operation with RATE_LIMITED, and only that one', async () => {
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      for (let n = 1; n <= 101; n += 1) socket.send(subscribe(`${n}`, WATCH, { id: 'a' }));
      const messages = [];
      for (let n = 1; n <= 101; n += 1) messages.push(await socket.next());
      expect(messages.filter(({ type }) => type === 'next')).toHaveLength(100);
      expect(messages.find(({ type }) => type === 'error')).toMatchObject({
        id: '101',
        payload: [{ extensions: { code: 'RATE_LIMITED' } }],
      });
      socket.send({ id: '1', type: 'complete' });
      socket.send(subscribe('101', '{ hello }'));
      expect((await socket.next()).payload).toEqual({ data: { hello: 'world' } });
    });
  });

  it('serves the real client: a query, a subscription to its end, an error with its code', async () => {
    server.jobs.set('a');
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { 'x-api-key': 'team-red' },
    });
    const results = client.iterate({ query: '{ team }' });
    expect((await results.next()).value).toEqual({ data: { team: 'red' } });

    const versions: unknown[] = [];
    for await (const { data } of client.iterate<{ job: { version: number } }>({
      query: WATCH,
      variables: { id: 'a' },
    })) {
      versions.push(data?.job.version);
      if (versions.length < 3) server.jobs.set('a', { final: versions.length === 2 });
    }
    expect(versions).toEqual([1, 2, 3]);

    await expect(
      client.iterate({ query: WATCH, variables: { id: 'nobody' } }).next(),
    ).rejects.toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    await client.dispose();
  });
});
