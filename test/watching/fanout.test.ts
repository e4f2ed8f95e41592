import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { connectRaw, type RawSocket } from '../conformance/support/raw-socket.ts';
import { startToyServer, type ToyServer } from '../conformance/support/toy-server.ts';
import { until } from '../support/processes/until.ts';

const WATCH =
  'subscription ($id: ID!, $after: Int) { job(id: $id, after: $after) { version final team context } }';

describe('one execution for all who watch the same', () => {
  let server: ToyServer;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = createManualClock();
    server = await startToyServer({ clock });
  });
  afterEach(() => server.close());

  const watch = (
    socket: RawSocket,
    id: string,
    variables: object = { id: 'a' },
    query = WATCH,
  ): void => socket.send({ id, type: 'subscribe', payload: { query, variables } });

  it('executes an event once for 300 watchers, and opens one stream', async () => {
    server.jobs.set('a');
    const sockets = await Promise.all(Array.from({ length: 3 }, () => connectRaw(server.url)));
    for (const socket of sockets) {
      for (let n = 0; n < 100; n += 1) watch(socket, `w${n}`);
    }
    const next = async () => {
      const contexts = new Set<unknown>();
      const ids = new Set<string | undefined>();
      for (const socket of sockets) {
        for (let n = 0; n < 100; n += 1) {
          const message = await socket.next();
          contexts.add(message.payload.data.job.context);
          ids.add(message.id);
        }
      }
      return { contexts: [...contexts], ids: ids.size };
    };
    const first = await next();
    expect(first.contexts).toHaveLength(1);
    server.jobs.set('a');
    const second = await next();
    expect(second).toEqual({ contexts: [expect.any(Number)], ids: 100 });
    expect(second.contexts).not.toEqual(first.contexts);
    expect(server.jobs.opened).toBe(1);
  });

  it('shares between WebSocket and SSE', async () => {
    server.jobs.set('a');
    const socket = await connectRaw(server.url);
    watch(socket, 'w');
    const { payload } = await socket.next();
    const answer = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: WATCH, variables: { id: 'a' } }),
    });
    const text = answer.text();
    await until(() => server.jobs.opened === 1);
    server.jobs.set('a', { final: true });
    expect(await text).toContain(JSON.stringify(payload));
    expect(server.jobs.opened).toBe(1);
  });

  it('never crosses teams', async () => {
    server.jobs.set('a');
    const red = await connectRaw(server.url, { init: { 'x-api-key': 'team-red' } });
    const blue = await connectRaw(server.url, { init: { 'x-api-key': 'team-blue' } });
    watch(red, 'w');
    watch(blue, 'w');
    expect((await red.next()).payload.data.job.team).toBe('red');
    expect((await blue.next()).payload.data.job.team).toBe('blue');
    expect(server.jobs.opened).toBe(2);
  });

  it('keeps other variables and other documents apart', async () => {
    server.jobs.set('a');
    server.jobs.set('a');
    const socket = await connectRaw(server.url);
    watch(socket, 'after-2', { id: 'a', after: 2 });
    watch(socket, 'after-1', { id: 'a', after: 1 });
    expect(await socket.next()).toMatchObject({ id: 'after-1' });
    watch(socket, 'text', { id: 'a' }, 'subscription ($id: ID!) { job(id: $id) { text } }');
    expect(await socket.next()).toMatchObject({
      id: 'text',
      payload: { data: { job: { text: '' } } },
    });
    server.jobs.set('a');
    const ids = [await socket.next(), await socket.next(), await socket.next()].map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(['after-1', 'after-2', 'text']));
  });

  it('tells a late joiner the present state at once', async () => {
    server.jobs.set('a');
    const socket = await connectRaw(server.url);
    watch(socket, 'early');
    await socket.next();
    server.jobs.set('a');
    await socket.next();
    watch(socket, 'late');
    expect(await socket.next()).toMatchObject({
      id: 'late',
      payload: { data: { job: { version: 2 } } },
    });
    expect(server.jobs.opened).toBe(1);
  });

  it('keeps the stream while one watcher is left, and releases it with the last', async () => {
    server.jobs.set('a');
    const socket = await connectRaw(server.url);
    watch(socket, '1');
    watch(socket, '2');
    await socket.next();
    await socket.next();
    socket.send({ id: '1', type: 'complete' });
    socket.send({ type: 'ping' });
    await socket.next();
    expect(server.jobs.watching).toBe(1);
    socket.send({ id: '2', type: 'complete' });
    socket.send({ type: 'ping' });
    await socket.next();
    expect(server.jobs.watching).toBe(0);
  });

  it('lets 60 subscriptions racing the end all see it once, and complete', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = `race-${round}`;
      server.jobs.set(id);
      const sockets = await Promise.all(Array.from({ length: 6 }, () => connectRaw(server.url)));
      const ended = new Promise<void>((resolve) => {
        setTimeout(() => {
          server.jobs.set(id, { final: true });
          resolve();
        }, round % 5);
      });
      for (let n = 0; n < 10; n += 1) {
        for (const socket of sockets) watch(socket, `w${n}`, { id });
        await new Promise((resolve) => setImmediate(resolve));
      }
      await ended;
      for (const socket of sockets) {
        const finals = new Map<string | undefined, number>();
        let completed = 0;
        while (completed < 10) {
          const message = await socket.next();
          if (message.type === 'complete') completed += 1;
          else if (message.payload.data.job.final) {
            finals.set(message.id, (finals.get(message.id) ?? 0) + 1);
          }
        }
        expect([...finals.values()]).toEqual(Array.from({ length: 10 }, () => 1));
        expect(socket.inbox).toEqual([]);
        socket.webSocket.terminate();
      }
      expect(server.jobs.watching).toBe(0);
    }
  });

  it('answers a subscription to a finished job with one event and completion', async () => {
    server.jobs.set('a', { final: true });
    const socket = await connectRaw(server.url);
    for (const id of ['1', '2', '3']) watch(socket, id);
    const messages = [];
    for (let n = 0; n < 6; n += 1) messages.push(await socket.next());
    for (const id of ['1', '2', '3']) {
      expect(messages.filter((message) => message.id === id).map(({ type }) => type)).toEqual([
        'next',
        'complete',
      ]);
    }
  });

  it('gives every event of a stream that is no state, in order, and a stream to each', async () => {
    const socket = await connectRaw(server.url);
    watch(socket, '1', {}, 'subscription { feed }');
    watch(socket, '2', {}, 'subscription { feed }');
    await until(() => server.jobs.watching === 2);
    for (let n = 1; n <= 50; n += 1) server.jobs.tell(n);
    const seen: Record<string, unknown[]> = { 1: [], 2: [] };
    for (let n = 0; n < 100; n += 1) {
      const { id = '', payload } = await socket.next();
      seen[id]?.push(payload.data.feed);
    }
    const all = Array.from({ length: 50 }, (_, n) => n + 1);
    expect(seen).toEqual({ 1: all, 2: all });
  });

  describe('a reader that stops reading', () => {
    const filler = 'x'.repeat(100_000);
    const query = 'subscription { job(id: "a") { version final text } }';
    /** Sends new states until the server's own buffer for one reader is full and stays so; tells how many. */
    const flood = async (reading: RawSocket): Promise<number> => {
      const timers = clock.timers();
      let states = 0;
      // The system's buffers grow for a while, and then the reader is full no more.
      for (let fullFor = 0; fullFor < 30; fullFor += 1) {
        if (clock.timers() === timers) fullFor = 0;
        server.jobs.set('a', { text: filler });
        states += 1;
        await reading.next();
      }
      return states;
    };
    const watchBoth = async () => {
      server.jobs.set('a', { text: filler });
      const [stalled, reading] = await Promise.all([
        connectRaw(server.url),
        connectRaw(server.url),
      ]);
      for (const socket of [stalled, reading]) {
        watch(socket, 'w', {}, query);
        await socket.next();
      }
      stalled.webSocket.pause();
      return { stalled, reading };
    };

    it('holds up nobody, and skips to the latest state and the end', async () => {
      const { stalled, reading } = await watchBoth();
      const states = await flood(reading);
      for (let n = 0; n < 50; n += 1) {
        server.jobs.set('a', { text: filler });
        await reading.next();
      }
      const last = server.jobs.set('a', { final: true });
      expect((await reading.next()).payload.data.job.version).toBe(last.version);
      expect(await reading.next()).toEqual({ id: 'w', type: 'complete' });
      expect(server.jobs.watching).toBe(0);

      stalled.webSocket.resume();
      await until(() => stalled.inbox.at(-1)?.type === 'complete');
      expect(stalled.inbox.length).toBeLessThanOrEqual(states + 2);
      expect(stalled.inbox.at(-2)?.payload.data.job.version).toBe(last.version);
    });

    it('is closed with 4413 after 30 s', async () => {
      await server.close();
      // Without pings: they would find a paused client dead before it is found slow.
      server = await startToyServer({ clock, limits: { beatMs: 3_600_000 } });
      const { stalled, reading } = await watchBoth();
      await flood(reading);
      await clock.advance(29_999);
      expect(server.jobs.watching).toBe(1);
      reading.send({ id: 'w', type: 'complete' });
      reading.send({ type: 'ping' });
      await reading.next();
      expect(server.jobs.watching).toBe(1);
      await clock.advance(1);
      expect(server.jobs.watching).toBe(0);
      stalled.webSocket.resume();
      expect(await stalled.closed).toEqual({ code: 4413, reason: 'Reader too slow' });
    });

    it('is cut when it goes on asking without reading', async () => {
      const socket = await connectRaw(server.url);
      socket.webSocket.pause();
      const filled = 'x'.repeat(60_000);
      let open = true;
      socket.webSocket.on('close', () => (open = false));
      socket.webSocket.on('error', () => {});
      for (let n = 0; n < 400 && open; n += 1) {
        socket.send({ type: 'ping', payload: { filled } });
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.webSocket.resume();
      expect((await socket.closed).code).toBe(1006);
    });
  });
});
