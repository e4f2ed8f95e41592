import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createManualClock, type ManualClock } from './support/manual-clock.ts';
import { connectRaw } from './support/raw-socket.ts';
import { ANYONE, startToyServer, toyAuthenticate, type ToyServer } from './support/toy-server.ts';
import { until } from './support/until.ts';

describe('graphql-transport-ws', () => {
  let server: ToyServer;
  let clock: ManualClock;
  let expiresAt: number | null;
  beforeEach(async () => {
    clock = createManualClock();
    expiresAt = null;
    server = await startToyServer({
      clock,
      authenticate: async (credentials) => {
        const caller = await toyAuthenticate(credentials);
        return caller === ANYONE ? { ...ANYONE, expiresAt } : caller;
      },
    });
  });
  afterEach(() => server.close());

  const subscribe = (id: string, query: string, variables?: object) => ({
    id,
    type: 'subscribe',
    payload: { query, variables },
  });
  const WATCH = 'subscription ($id: ID!) { job(id: $id) { version final } }';

  describe('connecting', () => {
    it('speaks the subprotocol', async () => {
      const { webSocket } = await connectRaw(server.url, { init: false });
      expect(webSocket.protocol).toBe('graphql-transport-ws');
    });

    it.each([[[]], [['graphql-ws']], [['something-else']]])(
      'closes with 4406 for the subprotocols %j',
      async (protocols) => {
        const webSocket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, protocols);
        const code = await new Promise((resolve) => {
          webSocket.on('close', resolve);
          // A client that asked for a subprotocol and got none gives up by itself.
          webSocket.on('error', () => {});
        });
        expect([4406, 1006]).toContain(code);
        if (protocols.length === 0) expect(code).toBe(4406);
      },
    );

    it('acknowledges connection_init, with and without a payload', async () => {
      for (const payload of [undefined, null, {}, { some: 'value' }]) {
        const socket = await connectRaw(server.url, { init: false });
        socket.send({ type: 'connection_init', payload });
        expect(await socket.next()).toEqual({ type: 'connection_ack' });
      }
    });

    it('closes with 4408 when connection_init does not come in time', async () => {
      const socket = await connectRaw(server.url, { init: false });
      clock.advance(2_999);
      expect(socket.webSocket.readyState).toBe(WebSocket.OPEN);
      clock.advance(1);
      expect(await socket.closed).toEqual({
        code: 4408,
        reason: 'Connection initialisation timeout',
      });
    });

    it('does not close with 4408 when it came', async () => {
      const socket = await connectRaw(server.url);
      clock.advance(5_000);
      socket.send({ type: 'ping' });
      expect(await socket.next()).toEqual({ type: 'pong' });
    });

    it('closes with 4429 at a second connection_init', async () => {
      const socket = await connectRaw(server.url);
      socket.send({ type: 'connection_init' });
      expect((await socket.closed).code).toBe(4429);
    });

    it('closes with 4429 at a second connection_init before the first is acknowledged', async () => {
      const socket = await connectRaw(server.url, { init: false });
      socket.send({ type: 'connection_init' });
      socket.send({ type: 'connection_init' });
      expect((await socket.closed).code).toBe(4429);
    });

    it('closes with 4403 for a wrong credential, under whatever case of the name', async () => {
      for (const name of ['x-api-key', 'X-API-Key']) {
        const socket = await connectRaw(server.url, { init: false });
        socket.send({ type: 'connection_init', payload: { [name]: 'wrong' } });
        expect(await socket.closed).toEqual({ code: 4403, reason: 'Forbidden' });
      }
    });

    it('takes the team from the credential', async () => {
      const socket = await connectRaw(server.url, { init: { 'X-Api-Key': 'team-red' } });
      socket.send(subscribe('1', '{ team }'));
      expect((await socket.next()).payload).toEqual({ data: { team: 'red' } });
    });

    it('closes with 4401 at an operation before the acknowledgement', async () => {
      const socket = await connectRaw(server.url, { init: false });
      socket.send(subscribe('1', '{ hello }'));
      expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
    });

    it('closes with 4401 at an operation while the credential is being checked', async () => {
      const socket = await connectRaw(server.url, { init: false });
      socket.send({ type: 'connection_init' });
      socket.send(subscribe('1', '{ hello }'));
      expect((await socket.closed).code).toBe(4401);
    });

    it('closes with 1013 when the credential cannot be checked', async () => {
      const other = await startToyServer({
        authenticate: async () => {
          throw new Error('keys are away');
        },
      });
      const socket = await connectRaw(other.url, { init: false });
      socket.send({ type: 'connection_init' });
      expect((await socket.closed).code).toBe(1013);
      await other.close();
    });
  });

  describe('messages', () => {
    it.each([
      ['no JSON', 'hello'],
      ['an array', '[]'],
      ['null', 'null'],
      ['no type', '{}'],
      ['an unknown type', '{"type":"connection_terminate"}'],
      ['a type that is no string', '{"type":1}'],
      ['subscribe without an id', '{"type":"subscribe","payload":{"query":"{ hello }"}}'],
      [
        'subscribe with an empty id',
        '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}',
      ],
      ['subscribe without a payload', '{"type":"subscribe","id":"1"}'],
      ['a query that is no string', '{"type":"subscribe","id":"1","payload":{"query":1}}'],
      [
        'variables that are an array',
        '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[]}}',
      ],
      ['a server message', '{"type":"connection_ack"}'],
      ['a next of the client', '{"type":"next","id":"1","payload":{}}'],
      ['complete without an id', '{"type":"complete"}'],
    ])('closes with 4400 at %s', async (_what, text) => {
      const socket = await connectRaw(server.url);
      socket.send(text);
      expect((await socket.closed).code).toBe(4400);
    });

    it('closes with 4400 at a binary message', async () => {
      const socket = await connectRaw(server.url);
      socket.webSocket.send(Buffer.from('{"type":"ping"}'));
      expect((await socket.closed).code).toBe(4400);
    });

    it('closes with 1009 at a message above 64 KB', async () => {
      const socket = await connectRaw(server.url);
      socket.send({ type: 'ping', payload: { filler: 'x'.repeat(65_536) } });
      expect((await socket.closed).code).toBe(1009);
    });

    it('answers a ping with a pong of the same payload, before and after the acknowledgement', async () => {
      const socket = await connectRaw(server.url, { init: false });
      socket.send({ type: 'ping' });
      expect(await socket.next()).toEqual({ type: 'pong' });
      socket.send({ type: 'ping', payload: { at: 1 } });
      expect(await socket.next()).toEqual({ type: 'pong', payload: { at: 1 } });
    });

    it('takes a pong that nobody asked for, and a complete of an unknown id', async () => {
      const socket = await connectRaw(server.url);
      socket.send({ type: 'pong' });
      socket.send({ type: 'complete', id: 'nobody' });
      socket.send({ type: 'ping' });
      expect(await socket.next()).toEqual({ type: 'pong' });
    });
  });

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
          const text = 'x'.repeat(size - less);
          server.jobs.set('a', { text });
          socket.send(subscribe(`s${less}`, 'subscription { job(id: "a") { text } }'));
          expect((await socket.next()).payload.data.job.text).toHaveLength(size - less);
          socket.send({ type: 'complete', id: `s${less}` });
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
      // One write, so that every message is there before the first stream has opened.
      for (let round = 0; round < 20; round += 1) {
        socket.send(subscribe('s', WATCH, { id: 'a' }));
        socket.send({ id: 's', type: 'complete' });
      }
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      expect((await socket.next()).id).toBe('s');
      server.jobs.set('a', { final: true });
      expect((await socket.next()).payload.data.job.version).toBe(2);
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
      for (const [id, text] of seen) expect(id).toBe(`q${text}`);
    });
  });

  describe('errors', () => {
    it.each([
      ['GRAPHQL_PARSE_FAILED', '{ canary-4711', undefined],
      ['GRAPHQL_VALIDATION_FAILED', '{ nope }', undefined],
      ['OPERATION_TOO_COMPLEX', `{ ${'a: __typename '.repeat(101)} }`, undefined],
      ['NOT_FOUND', WATCH, { id: 'nobody' }],
      ['INVALID_INPUT', WATCH, {}],
      ['INVALID_INPUT', 'query ($t: String!) { echo(text: $t) }', {}],
    ])('answers %s as an error of the operation and stays open', async (code, query, variables) => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('e', query, variables));
      const answer = await socket.next();
      expect(answer).toMatchObject({ id: 'e', type: 'error' });
      expect(answer.payload[0].extensions).toEqual({ code });
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

  describe('the life of a socket', () => {
    it('closes with 4403 when the credential ends, and sends no event after it', async () => {
      expiresAt = clock.now() + 60_000;
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      await socket.next();
      clock.advance(59_999);
      server.jobs.set('a');
      expect((await socket.next()).payload.data.job.version).toBe(2);
      clock.advance(1);
      server.jobs.set('a');
      expect(await socket.closed).toEqual({ code: 4403, reason: 'Credential expired' });
      expect(socket.inbox).toEqual([]);
      expect(server.jobs.watching).toBe(0);
    });

    it('does not acknowledge a credential that has ended', async () => {
      expiresAt = clock.now();
      const socket = await connectRaw(server.url, { init: false });
      socket.send({ type: 'connection_init' });
      await until(() => socket.webSocket.readyState !== WebSocket.OPEN || clock.pending > 1);
      clock.advance(0);
      expect((await socket.closed).code).toBe(4403);
    });

    it('cuts a peer that answers no ping, within 30 s, and keeps one that does', async () => {
      const dead = await connectRaw(server.url, { autoPong: false });
      const alive = await connectRaw(server.url);
      for (let seconds = 0; seconds < 30; seconds += 6) {
        const pinged = new Promise((resolve) => alive.webSocket.once('ping', resolve));
        clock.advance(6_000);
        if (seconds % 12 === 6) await pinged;
        alive.send({ type: 'ping' });
        await alive.next();
      }
      expect((await dead.closed).code).toBe(1006);
      expect(alive.webSocket.readyState).toBe(WebSocket.OPEN);
    });

    it('refuses a socket above the cap of its team with 1013, and gives places back', async () => {
      const small = await startToyServer({ limits: { connectionsPerTeam: 2 } });
      const first = await connectRaw(small.url);
      await connectRaw(small.url);
      await connectRaw(small.url, { init: { 'x-api-key': 'team-other' } });
      const third = await connectRaw(small.url, { init: false });
      third.send({ type: 'connection_init' });
      expect((await third.closed).code).toBe(1013);
      first.webSocket.close();
      await first.closed;
      const again = await connectRaw(small.url);
      expect(again.webSocket.readyState).toBe(WebSocket.OPEN);
      await small.close();
    });

    it('drains with 1001 and ends what was watched', async () => {
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      await socket.next();
      const drained = server.drain();
      expect((await socket.closed).code).toBe(1001);
      await drained;
      expect(server.jobs.watching).toBe(0);
      expect(clock.pending).toBe(0);
    });

    it('releases everything when the client is gone', async () => {
      server.jobs.set('a');
      const before = clock.pending;
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      socket.send(subscribe('f', 'subscription { feed }'));
      await until(() => server.jobs.watching === 2);
      socket.webSocket.terminate();
      await until(() => server.jobs.watching === 0);
      await until(() => clock.pending === before);
    });
  });

  describe('the handshake', () => {
    const status = async (headers: Record<string, string>, path = '/graphql') => {
      const url = `${server.url.replace('http', 'ws')}${path}`;
      const webSocket = new WebSocket(url, 'graphql-transport-ws', { headers });
      return new Promise((resolve) => {
        webSocket.on('unexpected-response', (request, response) => {
          request.destroy();
          resolve(response.statusCode);
        });
        webSocket.on('open', () => {
          webSocket.terminate();
          resolve(101);
        });
        webSocket.on('error', () => {});
      });
    };

    it('refuses a foreign origin, another path and another host name', async () => {
      const { host } = new URL(server.url);
      expect(await status({ origin: 'https://evil.example' })).toBe(403);
      expect(await status({ origin: 'null' })).toBe(403);
      expect(await status({ origin: `http://${host}` })).toBe(101);
      expect(await status({})).toBe(101);
      expect(await status({}, '/other')).toBe(404);
      expect(await status({ host: 'evil.example', origin: 'http://evil.example' })).toBe(403);
    });

    it('takes an allowed origin', async () => {
      const open = await startToyServer({ allowedOrigins: ['https://app.example'] });
      await connectRaw(open.url, { origin: 'https://app.example' });
      await open.close();
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
