import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { connectRaw } from './support/raw-socket.ts';
import { startToyServer, type ToyServer } from './support/toy-server.ts';

describe('graphql-transport-ws', () => {
  let server: ToyServer;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = createManualClock();
    server = await startToyServer({ clock });
  });
  afterEach(() => server.close());

  const subscribe = (id: string, query: string, variables?: object) => ({
    id,
    type: 'subscribe',
    payload: { query, variables },
  });

  describe('connecting', () => {
    it('speaks the subprotocol', async () => {
      const { webSocket } = await connectRaw(server.url, { init: false });
      expect(webSocket.protocol).toBe('graphql-transport-ws');
    });

    it('compresses nothing, although clients offer it', async () => {
      const { webSocket } = await connectRaw(server.url, { perMessageDeflate: true });
      expect(webSocket.extensions).toBe('');
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
        expect(code).toBe(protocols.length === 0 ? 4406 : 1006);
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
      await clock.advance(2_999);
      expect(socket.webSocket.readyState).toBe(WebSocket.OPEN);
      await clock.advance(1);
      expect(await socket.closed).toEqual({
        code: 4408,
        reason: 'Connection initialisation timeout',
      });
    });

    it('does not close with 4408 when it came', async () => {
      const socket = await connectRaw(server.url);
      await clock.advance(5_000);
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
});
