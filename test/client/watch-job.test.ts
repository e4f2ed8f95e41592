import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { createClient, type Client } from 'graphql-ws';
import { WatchAnalysisDocument, WatchHeadSwapTaskDocument } from 'head-swap-client/operations';
import { overServerSentEvents } from 'head-swap-client/over-server-sent-events';
import { overWebSocket, shouldRetry } from 'head-swap-client/over-web-socket';
import {
  type SubscriptionCut,
  SubscriptionRefused,
  watchJob,
  type Subscribe,
} from 'head-swap-client/watch-job';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startCuttingProxy } from '../support/client/cutting-proxy.ts';
import { startBreakingProxy } from '../support/gateway/breaking-proxy.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import { startIssuer } from '../support/gateway/issuer.ts';
import {
  completeAnalysis,
  createTask,
  envFor,
  finishTask,
  submitAnalysis,
} from '../support/gateway/stories.ts';
import { impatientClock } from '../support/time/impatient-clock.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;
const endings: (() => unknown)[] = [];

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
});
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
  await stopGateways();
});

type Credential = () => Record<string, string> | Promise<Record<string, string>>;

function webSocket(url: string, connectionParams?: Credential): Subscribe {
  const client: Client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(connectionParams && { connectionParams }),
  });
  endings.push(() => client.dispose());
  return overWebSocket(client);
}

function serverSentEvents(url: string, headers?: Credential): Subscribe {
  return overServerSentEvents({ url: `${url}/graphql`, ...(headers && { headers }) });
}

/** Counts how often a subscription is asked for. */
function counted(subscribe: Subscribe): { subscribe: Subscribe; count(): number } {
  let asked = 0;
  return {
    count: () => asked,
    subscribe(request, signal) {
      asked += 1;
      return subscribe(request, signal);
    },
  };
}

async function all<State>(states: AsyncIterable<State>): Promise<State[]> {
  const seen = [];
  for await (const state of states) seen.push(state);
  return seen;
}

describe.each([
  ['WebSocket', webSocket],
  ['server-sent events', serverSentEvents],
])('watchJob over %s', (_name, over) => {
  it('tells the present state, each newer one, and ends with the job', async () => {
    const id = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const states = [];
    for await (const state of watchJob({
      subscribe: over(gateway.url),
      document: WatchHeadSwapTaskDocument,
      id,
    })) {
      states.push(state);
      if (state.status === 'QUEUED') upstream.setTask(id, { status: 2, progress: 40 });
      if (state.status === 'PROCESSING') finishTask(upstream, id);
    }
    expect(states.map(({ status }) => status)).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED']);
    expect(states.at(-1)?.outputUrl).toBe('https://example.com/output/result.mp4');
  });

  it('tells a finished job once, and nothing after its last version', async () => {
    const id = await completeAnalysis(gateway, upstream);
    const watch = { subscribe: over(gateway.url), document: WatchAnalysisDocument, id };
    const states = await all(watchJob(watch));
    expect(states).toMatchObject([{ status: 'COMPLETED', persons: [{ objId: 0 }, { objId: 1 }] }]);
    const after = states[0]?.version ?? 0;
    expect(await all(watchJob({ ...watch, after }))).toEqual([]);
    expect(await all(watchJob({ ...watch, after: after + 7 }))).toHaveLength(1);
  });

  it('never asks again for an unknown job, nor with a wrong document', async () => {
    const { subscribe, count } = counted(over(gateway.url));
    const watch = { subscribe, document: WatchAnalysisDocument };
    await expect(all(watchJob({ ...watch, id: '0'.repeat(24) }))).rejects.toMatchObject({
      constructor: SubscriptionRefused,
      code: 'NOT_FOUND',
    });
    await expect(
      all(watchJob({ subscribe, document: 'subscription { nothing }', id: '1' })),
    ).rejects.toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(count()).toBe(2);
  });

  it('asks again, ever more rarely, while nobody listens, and as the gateway does', async () => {
    const id = await completeAnalysis(gateway, upstream);
    const folder = gateway.folder;
    const port = Number(new URL(gateway.url).port);
    await gateway.stop();
    const { clock, waits } = impatientClock();
    const cuts: SubscriptionCut[] = [];
    const states = [];
    for await (const state of watchJob({
      subscribe: over(gateway.url),
      document: WatchAnalysisDocument,
      id,
      clock: {
        after(milliseconds, callBack) {
          if (waits.length < 7) return clock.after(milliseconds, callBack);
          void startGateway({ folder, env: { ...envFor(upstream), PORT: String(port) } }).then(
            callBack,
          );
          return () => undefined;
        },
      },
      random: () => 0.5,
      onCut: (cut) => cuts.push(cut),
    })) {
      states.push(state.status);
    }
    expect(states).toEqual(['COMPLETED']);
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 22_500, 22_500]);
    expect(cuts).toHaveLength(8);
  });

  it('gives up a credential that was never good, at once', async () => {
    const locked = await startGateway({
      env: { ...envFor(upstream), CALLER_KEYS: 'the-right-caller-key' },
    });
    const { subscribe, count } = counted(over(locked.url, () => ({ 'x-api-key': 'wrong' })));
    const watch = watchJob({ subscribe, document: WatchAnalysisDocument, id: '1' });
    await expect(all(watch)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(count()).toBe(1);
  });

  it('comes back with a fresh credential when one that was good expires', async () => {
    const issuer = await startIssuer();
    endings.push(() => issuer.stop());
    const guarded = await startGateway({ env: { ...envFor(upstream), ...issuer.env } });
    const long = await issuer.sign();
    const id = await submitWith(guarded.url, long);
    const tokens = [await issuer.sign({ exp: Math.floor(Date.now() / 1000) + 2 }), long];
    const used: string[] = [];
    const { clock } = impatientClock();
    const credential = (): Record<string, string> => {
      const token = tokens[used.length] ?? '';
      used.push(token);
      return { authorization: `Bearer ${token}` };
    };
    const states = [];
    for await (const { status } of watchJob({
      subscribe: over(guarded.url, credential),
      document: WatchAnalysisDocument,
      id,
      clock,
      onCut: () => completeIn(id),
    })) {
      states.push(status);
    }
    expect(states).toEqual(['QUEUED', 'COMPLETED']);
    expect(used).toEqual(tokens);
  });

  it('is left without an error by an abort, and leaves nothing behind', async () => {
    const id = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const leaving = new AbortController();
    const watch = { subscribe: over(gateway.url), document: WatchHeadSwapTaskDocument, id };
    const states = [];
    for await (const state of watchJob({ ...watch, signal: leaving.signal })) {
      states.push(state.status);
      setImmediate(() => leaving.abort());
    }
    expect(states).toEqual(['QUEUED']);
    expect(await all(watchJob({ ...watch, signal: leaving.signal }))).toEqual([]);
    for await (const { status } of watchJob(watch)) {
      expect(status).toBe('QUEUED');
      break;
    }
  });
});

/** Lets the upstream complete an analysis. */
function completeIn(id: string): void {
  upstream.setAnalysis(id, { status: 3, progress: 100, analysis_result: { media: [] } });
}

async function submitWith(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: `mutation { submitAnalysis(input: { videoUrl: "https://example.com/a.mp4" }) { ... on Analysis { id } } }`,
    }),
  });
  return (await response.json()).data.submitAnalysis.id;
}

it('a watch over a WebSocket ends with its client', async () => {
  const id = await submitAnalysis(gateway);
  const client = gateway.socket();
  const states: string[] = [];
  const watching = (async () => {
    const subscribe = overWebSocket(client);
    for await (const { status } of watchJob({ subscribe, document: WatchAnalysisDocument, id })) {
      states.push(status);
      await client.dispose();
    }
  })();
  await expect(watching).rejects.toThrow('disposed');
  expect(states).toEqual(['QUEUED']);
});

it('shouldRetry lets graphql-ws come back after all but its own faults', () => {
  const close = (code: number) => ({ code, reason: '' });
  for (const code of [1001, 1006, 1011, 1012, 4403, 4408, 4499])
    expect(shouldRetry(close(code))).toBe(true);
  for (const code of [4004, 4005, 4400, 4401, 4409]) expect(shouldRetry(close(code))).toBe(false);
  expect(shouldRetry(new Error('connect ECONNREFUSED'))).toBe(true);
});

describe('a watch that is cut', () => {
  it('goes on after the version last seen when a WebSocket breaks', async () => {
    const proxy = await startBreakingProxy(gateway.url);
    endings.push(() => proxy.close());
    const id = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const { clock } = impatientClock();
    const states = [];
    for await (const { status, version } of watchJob({
      subscribe: webSocket(proxy.url),
      document: WatchHeadSwapTaskDocument,
      id,
      clock,
      onCut: () => finishTask(upstream, id),
    })) {
      states.push([status, version]);
      if (status === 'QUEUED') upstream.setTask(id, { status: 2, progress: 40 });
    }
    expect(states).toEqual([
      ['QUEUED', 1],
      ['PROCESSING', 2],
      ['COMPLETED', 3],
    ]);
    expect(proxy.afters).toEqual([undefined, 2]);
  });

  it.each(['clean', 'broken'] as const)(
    'goes on when a stream ends before it was completed, and the end is %s',
    async (how) => {
      const proxy = await startCuttingProxy(gateway.url, how);
      endings.push(() => proxy.close());
      const id = await submitAnalysis(gateway);
      const { clock } = impatientClock();
      const states = [];
      const cuts: string[] = [];
      for await (const { status, version } of watchJob({
        subscribe: serverSentEvents(proxy.url),
        document: WatchAnalysisDocument,
        id,
        clock,
        onCut({ message }) {
          cuts.push(message);
          completeIn(id);
        },
      })) {
        states.push([status, version]);
      }
      expect(states).toEqual([
        ['QUEUED', 1],
        ['COMPLETED', 2],
      ]);
      expect(proxy.variables).toEqual([{ id }, { id, after: 1 }]);
      expect(cuts).toHaveLength(1);
    },
  );

  it('is one on which nothing is heard any more', async () => {
    const silent = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(':\n\n');
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    endings.push(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const leaving = new AbortController();
    const cuts: string[] = [];
    const states = await all(
      watchJob({
        subscribe: overServerSentEvents({
          url: urlOf(silent),
          silenceMilliseconds: 50,
        }),
        document: WatchAnalysisDocument,
        id: '1',
        signal: leaving.signal,
        onCut({ message }) {
          cuts.push(message);
          leaving.abort();
        },
      }),
    );
    expect(states).toEqual([]);
    expect(cuts).toEqual(['Nothing was heard of the gateway.']);
  });

  it.each<[number, string | null, number]>([
    [503, null, 1_000],
    [502, '20', 20_500],
    [429, '3', 3_500],
  ])(
    'is asked for again when what stands before the gateway answers %s',
    async (status, retryAfter, wait) => {
      const leaving = new AbortController();
      const waits: number[] = [];
      const states = await all(
        watchJob({
          subscribe: await wallOf(status, retryAfter),
          document: WatchAnalysisDocument,
          id: '1',
          signal: leaving.signal,
          random: () => 1,
          onCut(_cut, milliseconds) {
            waits.push(milliseconds);
            leaving.abort();
          },
        }),
      );
      expect(states).toEqual([]);
      expect(waits).toEqual([wait]);
    },
  );

  it.each([404, 200])('is refused when that answers %s', async (status) => {
    const subscribe = await wallOf(status, null);
    const watching = all(watchJob({ subscribe, document: WatchAnalysisDocument, id: '1' }));
    await expect(watching).rejects.toBeInstanceOf(SubscriptionRefused);
  });
});

/** Answers everything with a page. */
async function wallOf(status: number, retryAfter: string | null): Promise<Subscribe> {
  const wall = createServer((_request, response) => {
    response.writeHead(status, {
      'content-type': 'text/html',
      ...(retryAfter && { 'retry-after': retryAfter }),
    });
    response.end('<h1>No</h1>');
  }).listen(0, '127.0.0.1');
  await once(wall, 'listening');
  endings.push(() => wall.close());
  return overServerSentEvents({ url: urlOf(wall) });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('It has no port');
  return `http://127.0.0.1:${address.port}`;
}
