import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { KeepNewerCache, askAgainLink } from 'head-swap-client/apollo';
import {
  CreateHeadSwapTaskDocument,
  ListJobsDocument,
  ReadPersonsDocument,
  WatchHeadSwapTaskDocument,
} from 'head-swap-client/documents';
import { possibleTypes } from 'head-swap-client/possible-types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

/** A client whose first query is overtaken; its subscriptions go over a WebSocket. */
function clientWith(cache: InMemoryCache, ...links: ApolloLink[]) {
  const held = createHeldFetch();
  const http = new HttpLink({ uri: `${gateway.url}/graphql`, fetch: held.fetch });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(gateway.socket()),
    ApolloLink.from([...links, http]),
  );
  return { client: new ApolloClient({ cache, link }), held };
}

async function watchTask(client: ApolloClient, id: string): Promise<void> {
  const end = defer<void>();
  client
    .subscribe({ query: WatchHeadSwapTaskDocument, variables: { id } })
    .subscribe({ complete: end.resolve, error: end.reject });
  await end.promise;
}

describe("Apollo Client's cache", () => {
  it('lets an overtaken answer undo the end of a task when it is the ordinary one', async () => {
    const task = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const { client, held } = clientWith(new InMemoryCache({ possibleTypes }));
    const answer = client.query({ query: ListJobsDocument });
    await held.arrived;
    finishTask(upstream, task);
    await watchTask(client, task);
    held.letGo();
    await answer;
    expect(statusIn(client, task)).toMatchObject({ status: 'QUEUED', version: 1 });
  });

  it('keeps the end of a task when it is KeepNewerCache, and shows it to whoever watches', async () => {
    const task = await createTask(gateway, await completeAnalysis(gateway, upstream));
    const { client, held } = clientWith(new KeepNewerCache());
    const shown: unknown[] = [];
    client.watchQuery({ query: ListJobsDocument }).subscribe(({ data, dataState }) => {
      if (dataState === 'complete') shown.push(data.headSwapTasks.edges[0]?.node);
    });
    await held.arrived;
    finishTask(upstream, task);
    await watchTask(client, task);
    held.letGo();
    await until(() => shown.length > 0);
    expect(shown).toEqual([
      expect.objectContaining({
        status: 'COMPLETED',
        version: 2,
        outputUrl: 'https://example.com/output/result.mp4',
        createdAt: expect.any(String),
      }),
    ]);
    expect(held.count()).toBe(1);
  });

  it('writes what is as new, newer, or tells no version', async () => {
    const { client } = clientWith(new KeepNewerCache());
    const write = (job: object) =>
      client.writeFragment({
        id: 'HeadSwapTask:1',
        fragment: gql`
          fragment Whole on HeadSwapTask {
            __typename
            id
            status
            version
          }
        `,
        data: { __typename: 'HeadSwapTask', id: '1', ...job },
      });
    write({ version: 3, status: 'QUEUED' });
    write({ version: 3, status: 'PROCESSING' });
    expect(statusIn(client, '1')).toMatchObject({ status: 'PROCESSING' });
    write({ version: 2, status: 'QUEUED' });
    expect(statusIn(client, '1')).toMatchObject({ status: 'PROCESSING', version: 3 });
    write({ version: 4, status: 'COMPLETED' });
    expect(statusIn(client, '1')).toMatchObject({ status: 'COMPLETED', version: 4 });
    client.writeFragment({
      id: 'HeadSwapTask:1',
      fragment: gql`
        fragment Untold on HeadSwapTask {
          status
        }
      `,
      data: { __typename: 'HeadSwapTask', status: 'FAILED' },
    });
    expect(statusIn(client, '1')).toMatchObject({ status: 'FAILED', version: 4 });
  });

  it('with askAgainLink never shows an older version beside a newer one', async () => {
    const id = await submitAnalysis(gateway);
    const { client, held } = clientWith(new KeepNewerCache(), askAgainLink);
    const answer = client.query({ query: ReadPersonsDocument, variables: { id } });
    await held.arrived;
    upstream.setAnalysis(id, {
      status: 3,
      progress: 100,
      analysis_result: { media: [{ obj_id: 0, img_url: 'https://example.com/0.png' }] },
    });
    const end = defer<void>();
    client
      .subscribe({
        query: gql`
          subscription ($id: ID!) {
            analysisStatusChanged(id: $id) {
              id
              status
              version
            }
          }
        `,
        variables: { id },
      })
      .subscribe({ complete: end.resolve, error: end.reject });
    await end.promise;
    held.letGo();
    const { data } = await answer;
    expect(data?.analysis).toMatchObject({ status: 'COMPLETED', persons: [{ objId: 0 }] });
    expect(held.count()).toBe(2);
  });

  it('takes an answer as it is after two more that are overtaken as well', async () => {
    const id = await submitAnalysis(gateway);
    const { client, held } = clientWith(new KeepNewerCache(), askAgainLink);
    held.letGo();
    client.writeFragment({
      id: `Analysis:${id}`,
      fragment: gql`
        fragment Later on Analysis {
          __typename
          id
          version
          status
        }
      `,
      data: { __typename: 'Analysis', id, version: 99, status: 'COMPLETED' },
    });
    const { data } = await client.query({ query: ReadPersonsDocument, variables: { id } });
    expect(data?.analysis).toMatchObject({ status: 'COMPLETED', version: 99, persons: [] });
    expect(held.count()).toBe(3);
  });

  it.each([
    ['drops the message of a failure when it knows no possibleTypes', new InMemoryCache(), false],
    ['keeps it with them', new InMemoryCache({ possibleTypes }), true],
    ['keeps it as KeepNewerCache', new KeepNewerCache(), true],
  ])('%s', async (_what, cache, isKept) => {
    // Its development build warns of what is dropped.
    const warned = vi.spyOn(console, 'warn').mockReturnValue();
    const analysis = await completeAnalysis(gateway, upstream);
    upstream.next('createTask', json({ code: 1104, msg: 'Insufficient quota' }));
    const { client, held } = clientWith(cache);
    held.letGo();
    const { data } = await client.mutate({
      mutation: CreateHeadSwapTaskDocument,
      variables: { input: taskInput(analysis) },
    });
    expect(data?.createHeadSwapTask?.__typename).toBe('BillingError');
    const message = Reflect.get(Object(data?.createHeadSwapTask), 'message');
    expect(typeof message).toBe(isKept ? 'string' : 'undefined');
    expect(warned.mock.calls.length === 0).toBe(isKept);
    warned.mockRestore();
  });
});

function statusIn(client: ApolloClient, id: string): unknown {
  return client.readFragment({
    id: `HeadSwapTask:${id}`,
    fragment: gql`
      fragment Status on HeadSwapTask {
        status
        version
      }
    `,
  });
}
