import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { connectRaw } from './support/raw-socket.ts';
import { startToyServer, toyAuthenticate, type ToyServer } from './support/toy-server.ts';
import { until } from '../support/processes/until.ts';

describe('graphql-transport-ws: sockets', () => {
  let server: ToyServer;
  let clock: ManualClock;
  let expiresAt: number | null;
  beforeEach(async () => {
    clock = createManualClock();
    expiresAt = null;
    server = await startToyServer({
      clock,
      authenticate: toyAuthenticate(() => expiresAt),
    });
  });
  afterEach(() => server.close());

  const subscribe = (id: string, query: string, variables?: object) => ({
    id,
    type: 'subscribe',
    payload: { query, variables },
  });
  const WATCH = 'subscription ($id: ID!) { job(id: $id) { version final } }';

  describe('the life of a socket', () => {
    it('closes with 4403 when the credential ends, and sends no event after it', async () => {
      expiresAt = clock.now() + 10_000;
      server.jobs.set('a');
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      await socket.next();
      await clock.advance(9_999);
      server.jobs.set('a');
      expect((await socket.next()).payload.data.job.version).toBe(2);
      await clock.advance(1);
      server.jobs.set('a');
      expect(await socket.closed).toEqual({ code: 4403, reason: 'Credential expired' });
      expect(socket.inbox).toEqual([]);
      expect(server.jobs.watching).toBe(0);
    });

    it('does not acknowledge a credential that has ended', async () => {
      expiresAt = clock.now();
      const socket = await connectRaw(server.url, { init: false });
      socket.send({ type: 'connection_init' });
      expect((await socket.closed).code).toBe(4403);
      expect(socket.inbox).toEqual([]);
    });

    it('cuts a peer that answers no ping, within 30 s, and keeps one that does', async () => {
      const dead = await connectRaw(server.url, { autoPong: false });
      const alive = await connectRaw(server.url);
      for (let seconds = 0; seconds < 30; seconds += 6) {
        const pinged = new Promise((resolve) => alive.webSocket.once('ping', resolve));
        await clock.advance(6_000);
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
      expect(clock.timers()).toBe(0);
    });

    it('closes with 1002 for a frame that is none', async () => {
      const socket = await connectRaw(server.url);
      const unknownKind = '838000000000';
      socket.connection.write(Buffer.from(unknownKind, 'hex'));
      expect((await socket.closed).code).toBe(1002);
    });

    it.each([1000, 1001, 1002, 1007, 4400])('answers a close with %i by the same', async (code) => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('f', 'subscription { feed }'));
      await until(() => server.jobs.watching === 1);
      socket.webSocket.close(code);
      expect((await socket.closed).code).toBe(code);
      await until(() => server.jobs.watching === 0);
    });

    it('cuts who sends a frame without a mask and says nothing, so that clients come back', async () => {
      const socket = await connectRaw(server.url);
      socket.send(subscribe('f', 'subscription { feed }'));
      await until(() => server.jobs.watching === 1);
      const goingAway = '880203e9';
      socket.connection.write(Buffer.from(goingAway, 'hex'));
      expect((await socket.closed).code).toBe(1006);
      await until(() => server.jobs.watching === 0);
    });

    it('releases everything when the client is gone', async () => {
      server.jobs.set('a');
      const before = clock.timers();
      const socket = await connectRaw(server.url);
      socket.send(subscribe('s', WATCH, { id: 'a' }));
      socket.send(subscribe('f', 'subscription { feed }'));
      await until(() => server.jobs.watching === 2);
      socket.webSocket.terminate();
      await until(() => server.jobs.watching === 0);
      await until(() => clock.timers() === before);
      expect(server.jobs.watching).toBe(0);
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
      const socket = await connectRaw(open.url, { origin: 'https://app.example' });
      expect(socket.webSocket.readyState).toBe(WebSocket.OPEN);
      await open.close();
    });
  });
});
