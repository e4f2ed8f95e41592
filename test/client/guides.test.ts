import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { ApolloProvider } from '@apollo/client/react';
import { QueryClient } from '@tanstack/react-query';
import { createElement, type ReactElement } from 'react';
import { act, create, type ReactTestRenderer } from 'react-test-renderer';
import { commitMutation, requestSubscription } from 'relay-runtime';
import {
  ListJobsDocument,
  ReadOutputDocument,
  WatchHeadSwapTaskDocument,
} from 'head-swap-client/documents';
import { overServerSentEvents } from 'head-swap-client/over-server-sent-events';
import { EventSource } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createApolloOverHttp } from '../../docs/clients/apollo-over-http.ts';
import { createApollo } from '../../docs/clients/apollo.ts';
import { useTask, useTeamFeed } from '../../docs/clients/apollo-hooks.ts';
import { watchWithEventSource } from '../../docs/clients/event-source.ts';
import { watchWithGraphqlSse } from '../../docs/clients/graphql-sse.ts';
import { makeHeadSwap } from '../../docs/clients/plain-fetch.ts';
import { createEnvironment } from '../../docs/clients/relay.ts';
import { createQueries, keepTaskFresh } from '../../docs/clients/tanstack-query.ts';
import { sendVideo } from '../../docs/clients/upload.ts';
import { createUrql } from '../../docs/clients/urql.ts';
import { createSocket } from '../../docs/clients/web-socket.ts';
import { defer } from '../../src/runtime/signal.ts';
import { startCuttingProxy } from '../support/client/cutting-proxy.ts';
import { code } from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import { startIssuer, type Issuer } from '../support/gateway/issuer.ts';
import {
  completeAnalysis,
  createTask,
  envFor,
  finishTask,
  taskInput,
} from '../support/gateway/stories.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { until } from '../support/processes/until.ts';
import buyTaskMutation, {
  type buyTaskMutation as BuyTask,
} from './relay/buyTaskMutation.graphql.ts';
import buyTaskSubscription, {
  type buyTaskSubscription as WatchTask,
} from './relay/buyTaskSubscription.graphql.ts';

/* The code of docs/clients.md, as its files are, against the gateway. */

const OUTPUT = 'https://example.com/output/result.mp4';

let upstream: ScriptedUpstream;
let gateway: Gateway;
let url: string;
let analysis: string;
const ends: (() => unknown)[] = [];

/** Nothing asks for a credential here; clients.md's own ways of sending one are tried further down. */
const freshToken = (): Promise<string> => Promise.resolve('none');

beforeEach(async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  vi.stubGlobal('EventSource', EventSource);
  ({ upstream, gateway } = await startWithUpstream());
  url = `${gateway.url}/graphql`;
  analysis = await completeAnalysis(gateway, upstream);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  vi.unstubAllGlobals();
  await stopGateways();
});

function socketTo(endpoint: string, token = freshToken) {
  const socket = createSocket(endpoint, token);
  ends.push(() => socket.dispose());
  return socket;
}

/** Renders without a browser. */
async function render(element: ReactElement): Promise<ReactTestRenderer> {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  let root: ReactTestRenderer | undefined;
  await act(async () => {
    root = create(element);
    await Promise.resolve();
  });
  if (root === undefined) throw new Error('Nothing was rendered.');
  return root;
}

describe('the guide of the WebSocket', () => {
  it('connects again when nothing is heard any more', async () => {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: () => 'graphql-transport-ws',
    });
    ends.push(() => server.close());
    let connections = 0;
    server.on('connection', (socket) => {
      connections += 1;
      // Acknowledges, and is then silent for good.
      socket.once('message', () => socket.send('{"type":"connection_ack"}'));
    });
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('It has no port');
    const socket = createSocket(`http://127.0.0.1:${address.port}`, freshToken, 20);
    ends.push(() => socket.dispose());
    socket.subscribe(
      { query: 'subscription { jobStatusChanged { cursor } }' },
      { next: () => undefined, error: () => undefined, complete: () => undefined },
    );
    await until(() => connections > 1);
    expect(connections).toBe(2);
  });
});

describe('the guide of Apollo Client', () => {
  it('asks, watches, and shows in a list what a subscription brought', async () => {
    const task = await createTask(gateway, analysis);
    const client = createApollo(url, socketTo(url), freshToken);
    await client.query({ query: ListJobsDocument });
    const end = defer<void>();
    client
      .subscribe({ query: WatchHeadSwapTaskDocument, variables: { id: task } })
      .subscribe({ complete: end.resolve, error: end.reject });
    finishTask(upstream, task);
    await end.promise;
    const list = client.readQuery({ query: ListJobsDocument });
    expect(list?.headSwapTasks.edges[0]?.node).toMatchObject({ id: task, status: 'COMPLETED' });
  });

  it('does the same with HttpLink alone, event by event', async () => {
    const task = await createTask(gateway, analysis);
    const client = createApolloOverHttp(url, freshToken);
    await client.query({ query: ListJobsDocument });
    const end = defer<void>();
    const states: unknown[] = [];
    client.subscribe({ query: WatchHeadSwapTaskDocument, variables: { id: task } }).subscribe({
      next: ({ data }) => states.push(data?.headSwapTaskStatusChanged.status),
      complete: end.resolve,
      error: end.reject,
    });
    await until(() => states.length === 1);
    finishTask(upstream, task);
    await end.promise;
    expect(states).toEqual(['QUEUED', 'COMPLETED']);
    const list = client.readQuery({ query: ListJobsDocument });
    expect(list?.headSwapTasks.edges[0]?.node).toMatchObject({ id: task, status: 'COMPLETED' });
  });

  it.each(['clean', 'broken'] as const)(
    'subscribes again with HttpLink after a cut that is %s',
    async (how) => {
      const task = await createTask(gateway, analysis);
      const proxy = await startCuttingProxy(gateway.url, how);
      ends.push(() => proxy.close());
      const client = createApolloOverHttp(`${proxy.url}/graphql`, freshToken);
      const end = defer<void>();
      const states: unknown[] = [];
      client.subscribe({ query: WatchHeadSwapTaskDocument, variables: { id: task } }).subscribe({
        next: ({ data, error }) => states.push(error ?? data?.headSwapTaskStatusChanged.status),
        complete: end.resolve,
        error: end.reject,
      });
      await until(() => states.length === 2);
      finishTask(upstream, task);
      await end.promise;
      expect(states).toEqual(['QUEUED', 'QUEUED', 'COMPLETED']);
      expect(proxy.variables).toEqual([{ id: task }, { id: task }]);
    },
  );

  it('renders each state of a task, with one subscription', async () => {
    const task = await createTask(gateway, analysis);
    const socket = socketTo(url);
    const subscribes: unknown[] = [];
    const subscribe = socket.subscribe.bind(socket);
    const counting = {
      ...socket,
      subscribe: ((payload, sink) => {
        subscribes.push(payload.variables);
        return subscribe(payload, sink);
      }) as typeof subscribe,
    };
    const client = createApollo(url, counting, freshToken);
    const rendered = new Set<unknown>();
    const Task = (): null => {
      rendered.add(useTask(task).task?.status);
      return null;
    };
    const element = createElement(ApolloProvider, { client, children: createElement(Task) });
    const root = await render(element);
    await act(() => until(() => rendered.has('QUEUED')));
    upstream.setTask(task, { status: 2, progress: 40 });
    await act(() => until(() => rendered.has('PROCESSING')));
    finishTask(upstream, task);
    await act(() => until(() => rendered.has('COMPLETED')));
    await act(() => root.unmount());
    expect(subscribes).toEqual([{ id: task }]);
  });

  it('keeps a list fresh by the feed', async () => {
    const task = await createTask(gateway, analysis);
    const client = createApollo(url, socketTo(url), freshToken);
    const { data } = await client.query({ query: ListJobsDocument });
    const Feed = (): null => {
      useTeamFeed(data?.jobStatusCursor ?? '');
      return null;
    };
    const element = createElement(ApolloProvider, { client, children: createElement(Feed) });
    const root = await render(element);
    finishTask(upstream, task);
    await until(
      () =>
        client.readQuery({ query: ListJobsDocument })?.headSwapTasks.edges[0]?.node.status ===
        'COMPLETED',
    );
    await act(() => root.unmount());
    expect(
      client.readQuery({ query: ListJobsDocument })?.headSwapTasks.edges[0]?.node.outputUrl,
    ).toBe(OUTPUT);
  });
});

describe('the guide of urql', () => {
  it('asks, watches, and shows in a list what a subscription brought', async () => {
    const task = await createTask(gateway, analysis);
    const client = createUrql(url, socketTo(url), () => 'none');
    await client.query(ListJobsDocument, {}).toPromise();
    const states: unknown[] = [];
    const { unsubscribe } = client
      .subscription(WatchHeadSwapTaskDocument, { id: task })
      .subscribe(({ data }) => states.push(data?.headSwapTaskStatusChanged.status));
    await until(() => states.includes('QUEUED'));
    finishTask(upstream, task);
    await until(() => states.includes('COMPLETED'));
    unsubscribe();
    const list = client.readQuery(ListJobsDocument, {})?.data?.headSwapTasks;
    expect(list?.edges[0]?.node).toMatchObject({ status: 'COMPLETED', outputUrl: OUTPUT });
  });
});

describe('the guide of TanStack Query', () => {
  it('asks through graphql-request, and keeps a query fresh to the end of its task', async () => {
    const task = await createTask(gateway, analysis);
    const queries = createQueries(url, () => 'none');
    const cache = new QueryClient();
    const jobs = await cache.fetchQuery(queries.jobs());
    expect(jobs.headSwapTasks.edges).toHaveLength(1);
    expect(await cache.fetchQuery(queries.task(task))).toMatchObject({ status: 'QUEUED' });
    const watching = keepTaskFresh(
      queries,
      cache,
      overServerSentEvents({ url }),
      task,
      new AbortController().signal,
    );
    finishTask(upstream, task);
    await watching;
    const { queryKey } = queries.task(task);
    expect(cache.getQueryData(queryKey)).toMatchObject({
      status: 'COMPLETED',
      outputUrl: OUTPUT,
      keepOriginalSound: true,
    });
    cache.clear();
  });
});

describe('the guide of plain fetch', () => {
  const { idempotencyKey: _key, ...order } = taskInput('');
  const storage = () => {
    const keys = new Map<string, string>();
    return {
      getItem: (slot: string) => keys.get(slot) ?? null,
      setItem: (slot: string, key: string) => keys.set(slot, key),
      removeItem: (slot: string) => keys.delete(slot),
    };
  };
  const headers = () => Promise.resolve({});

  it('buys, follows, and brings the output', async () => {
    const shown: number[] = [];
    const making = makeHeadSwap(
      { url, headers },
      storage(),
      { ...order, analysisId: analysis },
      (progress) => shown.push(progress),
    );
    await until(() => shown.length > 0);
    const { data } = await gateway.ask('{ headSwapTasks { edges { node { id } } } }');
    finishTask(upstream, data.headSwapTasks.edges[0].node.id);
    expect(await making).toBe(OUTPUT);
    expect(shown.at(-1)).toBe(100);
  });

  it('says what the gateway says when nothing was bought', async () => {
    upstream.next('createTask', code(1104));
    const making = makeHeadSwap(
      { url, headers },
      storage(),
      { ...order, analysisId: analysis },
      () => undefined,
    );
    await expect(making).rejects.toThrow('scripted 1104');
  });
});

describe('the guide of uploads', () => {
  it('sends a video, and says why another cannot be used', async () => {
    const sandbox = await startGateway({ env: { MEDIA_URL: `file:${newFolder()}` } });
    ends.push(removeFolders);
    const where = { url: `${sandbox.url}/graphql`, headers: () => Promise.resolve({}) };
    const bytes = readFileSync(
      new URL('../../src/sandbox/files/assets/source.mp4', import.meta.url),
    );
    const video = new Blob([new Uint8Array(bytes)], { type: 'video/mp4' });
    const shown: number[] = [];
    const url = await sendVideo(where, video, (fraction) => shown.push(fraction));
    expect(url).toMatch(/^http/);
    expect(shown.at(-1)).toBe(1);
    const text = new Blob(['text'], { type: 'video/mp4' });
    await expect(sendVideo(where, text, () => undefined)).rejects.toThrow(/video|mp4/i);
  });
});

describe('the guides of server-sent events', () => {
  it('EventSource is closed with the task, and asks no more', async () => {
    const task = await createTask(gateway, analysis);
    const states: string[] = [];
    const sources: EventSource[] = [];
    class Watched extends EventSource {
      constructor(address: string) {
        super(address);
        sources.push(this);
      }
    }
    vi.stubGlobal('EventSource', Watched);
    ends.push(watchWithEventSource(url, task, ({ status }) => states.push(status)));
    await until(() => states.length > 0);
    finishTask(upstream, task);
    await until(() => sources[0]?.readyState === EventSource.CLOSED);
    expect(states).toEqual(['QUEUED', 'COMPLETED']);
    expect(sources).toHaveLength(1);
  });

  it('graphql-sse follows a task to its end', async () => {
    const task = await createTask(gateway, analysis);
    const states: string[] = [];
    const watching = watchWithGraphqlSse(url, task, freshToken, ({ status }) =>
      states.push(status),
    );
    await until(() => states.length > 0);
    finishTask(upstream, task);
    await watching;
    expect(states).toEqual(['QUEUED', 'COMPLETED']);
    await expect(
      watchWithGraphqlSse(url, '0'.repeat(24), freshToken, () => undefined),
    ).rejects.toThrow('job');
  });
});

describe('the guide of Relay', () => {
  it('buys and watches, and has the message of a failure', async () => {
    const environment = createEnvironment(url, socketTo(url), freshToken);
    const buy = () =>
      new Promise<BuyTask['response']['createHeadSwapTask']>((resolve, reject) => {
        commitMutation<BuyTask>(environment, {
          mutation: buyTaskMutation,
          variables: { input: taskInput(analysis) },
          onCompleted: ({ createHeadSwapTask }) => resolve(createHeadSwapTask),
          onError: reject,
        });
      });
    upstream.next('createTask', code(1104));
    expect(await buy()).toMatchObject({ __typename: 'BillingError', message: expect.any(String) });
    const id = (await buy())?.id ?? '';
    const states: unknown[] = [];
    const watch = (watched: string) =>
      new Promise<void>((resolve, reject) => {
        requestSubscription<WatchTask>(environment, {
          subscription: buyTaskSubscription,
          variables: { id: watched },
          onNext: (answer) => states.push(answer?.headSwapTaskStatusChanged.status),
          onCompleted: resolve,
          onError: reject,
        });
      });
    const watching = watch(id);
    await until(() => states.length > 0);
    finishTask(upstream, id);
    await watching;
    expect(states).toEqual(['QUEUED', 'COMPLETED']);
    await expect(watch('0'.repeat(24))).rejects.toThrow('NOT_FOUND');
  });
});

describe('a gateway that asks for credentials', () => {
  let issuer: Issuer;
  let token: string;

  beforeEach(async () => {
    issuer = await startIssuer();
    ends.push(() => issuer.stop());
    const guarded = await startGateway({ env: { ...envFor(upstream), ...issuer.env } });
    url = `${guarded.url}/graphql`;
    token = await issuer.sign();
  });
  const good = () => Promise.resolve(token);

  it('gets them from Apollo Client, urql, graphql-request and the WebSocket', async () => {
    const apollo = createApollo(url, socketTo(url, good), good);
    const variables = { id: '0'.repeat(24) };
    expect((await apollo.query({ query: ReadOutputDocument, variables })).data).toEqual({
      headSwapTask: null,
    });
    const urql = createUrql(url, socketTo(url, good), () => token);
    expect((await urql.query(ReadOutputDocument, variables).toPromise()).data).toEqual({
      headSwapTask: null,
    });
    const queries = createQueries(url, () => token);
    expect(await new QueryClient().fetchQuery(queries.task(variables.id))).toBeNull();
    const seen = defer<unknown>();
    apollo
      .subscribe({ query: WatchHeadSwapTaskDocument, variables })
      .subscribe({ next: seen.resolve });
    expect(await seen.promise).toMatchObject({ error: { message: expect.stringMatching(/./) } });
  });
});
