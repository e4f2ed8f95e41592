import diagnosticsChannel from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { connectRaw, type RawMessage } from '../conformance/support/raw-socket.ts';
import { ask, type Credential } from '../support/gateway/calling.ts';
import { createFailpoints } from '../support/purchases/failpoint-store.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { startIssuer, type Issuer } from '../support/gateway/issuer.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor, finishTask, WATCH_TASK } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { startWebhookStory } from '../support/akool/webhook-story.ts';
import { ring } from '../support/akool/webhooks.ts';

/** How watching ends: with its job, or with its client. */
const ROUNDS = 25;
const PER_ROUND = 40;

/** The statuses that an operation told, and `complete`. */
function toldTo(id: string, inbox: readonly RawMessage[]): unknown[] {
  return inbox
    .filter((message) => message.id === id)
    .map(({ type, payload }) =>
      type === 'next' ? Reflect.get(payload.data, 'headSwapTaskStatusChanged')?.status : type,
    );
}

it('a thousand subscriptions within milliseconds of the end, before and after it, are all told of it exactly once', async () => {
  const failpoints = createFailpoints();
  const hourly = { POLL_MIN_MS: '3600000', POLL_MAX_MS: '3600000' };
  const story = await startWebhookStory({ env: hourly, wrapStore: failpoints.wrap });
  const sockets = await Promise.all(
    Array.from({ length: PER_ROUND }, () => connectRaw(story.gateway.url)),
  );
  /** How many were told an unfinished state first: they came before the end. */
  let early = 0;

  for (let round = 0; round < ROUNDS; round += 1) {
    const { id, token } = await story.bought();
    let store = (): void => undefined;
    const mayStore = new Promise<void>((resolve) => {
      store = resolve;
    });
    const atTheEnd = new Promise<void>((resolve) => {
      const take = failpoints.before('writeJobs', () => {
        take();
        resolve();
        return mayStore;
      });
    });
    finishTask(story.upstream, id);
    await ring(story.gateway, token, { _id: id, status: 3 });
    await atTheEnd;

    // A turn of the event loop for each, which both sides share; the end comes at another place among them each round.
    for (const [place, socket] of sockets.entries()) {
      if (place === round % PER_ROUND) store();
      // Every other one is a group of its own: no two of those have the same variables.
      const after = place % 2 === 0 ? null : 1_000 + place;
      const payload = { query: WATCH_TASK, variables: { id, after } };
      socket.send({ id: `r${round}`, type: 'subscribe', payload });
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { inbox } of sockets) {
      await until(() => inbox.at(-1)?.type === 'complete' || inbox.at(-1)?.type === 'error');
      const told = toldTo(`r${round}`, inbox);
      if (told.length > 2) early += 1;
      expect(told).toEqual([...(told.length > 2 ? ['QUEUED'] : []), 'COMPLETED', 'complete']);
      expect(inbox.splice(0)).toHaveLength(told.length);
    }
  }
  // The race was one: some came before the end and some after it.
  expect(early).toBeGreaterThan(ROUNDS);
  expect(early).toBeLessThan(ROUNDS * (PER_ROUND - 1));
  expect(story.reads()).toBe(ROUNDS);
  for (const { inbox } of sockets) expect(inbox).toEqual([]);
  await story.stop();
});

/** A client that is gone leaves nothing behind: no listener, no timer, no interest, and nothing that keeps its socket in memory. */
describe('a client that is gone', () => {
  const CLIENTS = 18;
  const FEED = 'subscription { jobStatusChanged { cursor } }';

  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');

  let upstream: ScriptedUpstream;
  let issuer: Issuer;
  let gateway: Gateway;
  /** Timers of the gateway that wait. */
  let timers: number;
  /** The ids of jobs that the store was told are watched. */
  let watched: Set<string>;
  /** The server's ends of all connections so far. */
  let sockets: WeakRef<Socket>[];

  const remember = (message: unknown): void => {
    const socket: unknown = Reflect.get(Object(message), 'socket');
    const isOurs =
      socket instanceof Socket && String(socket.localPort) === new URL(gateway.url).port;
    if (isOurs) sockets.push(new WeakRef(socket));
  };

  const countingClock: Clock = {
    now: () => systemClock.now(),
    after(milliseconds, run) {
      let waiting = true;
      const over = (): void => {
        if (waiting) timers -= 1;
        waiting = false;
      };
      timers += 1;
      const cancel = systemClock.after(milliseconds, () => {
        over();
        run();
      });
      return () => {
        over();
        cancel();
      };
    },
  };

  beforeEach(async () => {
    [timers, watched, sockets] = [0, new Set(), []];
    [upstream, issuer] = await Promise.all([startScriptedUpstream(), startIssuer()]);
    gateway = await startGateway({
      // Polling is too rare to come between.
      env: { ...envFor(upstream), ...issuer.env, POLL_MIN_MS: '60000', POLL_MAX_MS: '60000' },
      clock: countingClock,
      wrapStore: (store) => ({
        ...store,
        async markWatched(rows, end) {
          await store.markWatched(rows, end);
          for (const { key } of rows) {
            if (end === 0) watched.delete(key.id);
            else watched.add(key.id);
          }
        },
      }),
    });
    diagnosticsChannel.subscribe('net.server.socket', remember);
  });
  afterEach(async () => {
    diagnosticsChannel.unsubscribe('net.server.socket', remember);
    await stopGateways();
    await Promise.all([upstream.stop(), issuer.stop()]);
  });

  /** Resolves once so many of the server's sockets are left in memory. */
  const aliveIs = (count: number): Promise<void> =>
    until(async () => {
      // Each time costs a look at the whole heap.
      await delay(100);
      collectGarbage();
      return sockets.filter((socket) => socket.deref() !== undefined).length === count;
    });

  /** Opens a stream over SSE that watches; resolves, once it has told something, to what ends it. */
  async function openStream(credential: Credential, id: string): Promise<() => void> {
    const aborting = new AbortController();
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { ...credential, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: WATCH_TASK, variables: { id } }),
      signal: aborting.signal,
    });
    const reader = response.body?.getReader();
    let text = '';
    while (reader !== undefined && !text.includes('event: next')) {
      text += Buffer.from((await reader.read()).value ?? []).toString();
    }
    return () => aborting.abort();
  }

  /** Opens a socket that watches a job and the team's feed; resolves, once it was told something, to what ends it. */
  async function openSocket(
    credential: Credential,
    id: string,
    how: 'cut' | 'close',
  ): Promise<() => void> {
    const socket = await connectRaw(gateway.url, { init: credential });
    for (const [name, query] of Object.entries({ job: WATCH_TASK, feed: FEED })) {
      socket.send({ id: name, type: 'subscribe', payload: { query, variables: { id } } });
    }
    await socket.next();
    return () => (how === 'cut' ? socket.webSocket.terminate() : socket.webSocket.close());
  }

  it('is released within a second, whether others go on watching or not', async () => {
    const credential = { authorization: `Bearer ${await issuer.sign()}` };
    const id = '6a066dc58570ecbf64f7a001';
    upstream.setTask(id, { status: 2, progress: 5 });
    await ask(gateway.url, credential, `{ headSwapTask(id: "${id}") { status } }`);
    await aliveIs(0);
    const idle = timers;
    const took: number[] = [];

    for (let round = 0; round < 2; round += 1) {
      const leaveLast = await openSocket(credential, id, 'cut');
      const withOne = timers;
      expect(withOne).toBeGreaterThan(idle);
      const leaves = await Promise.all(
        Array.from({ length: CLIENTS }, (_, number) => {
          if (number % 3 === 0) return openStream(credential, id);
          return openSocket(credential, id, number % 3 === 1 ? 'cut' : 'close');
        }),
      );
      await until(() => watched.has(id));
      await aliveIs(CLIENTS + 1);
      expect(timers).toBeGreaterThanOrEqual(withOne + CLIENTS);

      const leftAt = performance.now();
      for (const leave of leaves) leave();
      await until(() => timers <= withOne);
      const theseTook = performance.now() - leftAt;
      await aliveIs(1);
      expect(watched.has(id)).toBe(true);

      const lastLeftAt = performance.now();
      leaveLast();
      await until(() => timers <= idle && !watched.has(id));
      took.push(Math.max(theseTook, performance.now() - lastLeftAt));
      await aliveIs(0);
    }
    // A busy machine may take its time now and then; what is never released never gets here.
    expect(Math.min(...took)).toBeLessThan(1_000);
  });
});
