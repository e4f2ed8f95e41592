import { createClient, fetchExchange, gql, subscriptionExchange, type Client } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import {
  CreateHeadSwapTaskDocument,
  ListJobsDocument,
  ReadPersonsDocument,
  WatchHeadSwapTaskDocument,
} from 'head-swap-client/documents';
import { keys, schema } from 'head-swap-client/graphcache';
import { keepNewerExchange } from 'head-swap-client/urql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defer } from '../../src/runtime/signal.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { json } from '../support/akool/scripted-answers.ts';
import { createHeldFetch } from '../support/client/held-fetch.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import {
  completeAnalysis,
  createTask,
  finishTask,
  submitAnalysis,
  taskInput,
} from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
});
afterEach(stopGateways);

/** A client with graphcache whose first query is overtaken; its subscriptions go over a WebSocket. */
function clientWith(keepNewer: boolean) {
  const held = createHeldFetch();
  const logged: string[] = [];
  const socket = gateway.socket();
  const client = createClient({
    url: `${gateway.url}/graphql`,
    fetch: held.fetch,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        keys,
        schema,
        logger: (level, line) => level === 'debug' || logged.push(line),
      }),
      ...(keepNewer ? [keepNewerExchange()] : []),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (operation) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { ...operation, query: operation.query ?? '' },
              { ...sink, next: (result) => sink.next(result as never) },
            ),
          }),
        }),
      }),
    ],
  });
  return { client, held, logged };
}

/** Watches a job until it COMPLETED. */
async function watch(client: Client, query: typeof WATCH_ANALYSIS, id: string): Promise<void> {
  const end = defer<void>();
  const { unsubscribe } = client.subscription(query, { id }).subscribe(({ data, error }) => {
    if (error) end.reject(error);
    const job = Object.values(data ?? {})[0];
    if (Reflect.get(Object(job), 'status') === 'COMPLETED') end.resolve();
  });
  await end.promise;
  unsubscribe();
}

const WATCH_ANALYSIS = gql<unknown, { id: string }>`
  subscription ($id: ID!) {
    analysisStatusChanged(id: $id) {
      id
      status
      version
    }
  }
`;

function newestTask(client: Client): unknown {
  return client.readQuery(ListJobsDocument, {})?.data?.headSwapTasks.edges[0]?.node;
}

describe('graphcache', () => {
  it('lets an overtaken answer undo the end of a task when it is alone', async () => {
    const task = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const { client, held } = clientWith(false);
    const answer = client.query(ListJobsDocument, {}).toPromise();
    await held.arrived;
    finishTask(upstream, task);
    await watch(client, WatchHeadSwapTaskDocument, task);
    held.letGo();
    await answer;
    expect(newestTask(client)).toMatchObject({ status: 'QUEUED', version: 1 });
  });

  it('keeps it with keepNewerExchange, and asks again', async () => {
    const task = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const { client, held, logged } = clientWith(true);
    const shown: { task: unknown; stale: boolean }[] = [];
    const { unsubscribe } = client.query(ListJobsDocument, {}).subscribe(({ data, stale }) => {
      shown.push({ task: data?.headSwapTasks.edges[0]?.node, stale });
    });
    await held.arrived;
    finishTask(upstream, task);
    await watch(client, WatchHeadSwapTaskDocument, task);
    held.letGo();
    await until(() => shown.at(-1)?.stale === false);
    unsubscribe();
    const end = { status: 'COMPLETED', version: 2, createdAt: expect.any(String) };
    for (const { task } of shown) expect(task).toMatchObject(end);
    expect(shown.map(({ stale }) => stale)).toEqual([true, false]);
    expect(newestTask(client)).toMatchObject(end);
    expect(held.count()).toBe(2);
    expect(logged).toEqual([]);
  });

  it('asks again for what it does not hold of the newer version', async () => {
    const id = await submitAnalysis(gateway);
    const { client, held } = clientWith(true);
    const answer = client.query(ReadPersonsDocument, { id }).toPromise();
    await held.arrived;
    upstream.setAnalysis(id, {
      status: 3,
      progress: 100,
      analysis_result: { media: [{ obj_id: 0, img_url: 'https://example.com/0.png' }] },
    });
    await watch(client, WATCH_ANALYSIS, id);
    held.letGo();
    const { data } = await answer;
    expect(data?.analysis).toMatchObject({ status: 'COMPLETED', persons: [{ objId: 0 }] });
    expect(held.count()).toBe(2);
  });

  it('has the message of a failure, and nothing to complain of', async () => {
    const analysis = await completeAnalysis(gateway, upstream);
    upstream.next('createTask', json({ code: 1104, msg: 'Insufficient quota' }));
    const { client, held, logged } = clientWith(true);
    held.letGo();
    const { data } = await client
      .mutation(CreateHeadSwapTaskDocument, { input: taskInput(analysis) })
      .toPromise();
    expect(data?.createHeadSwapTask).toMatchObject({
      __typename: 'BillingError',
      message: expect.any(String),
    });
    expect(logged).toEqual([]);
  });
});
