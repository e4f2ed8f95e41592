import { ApolloClient, HttpLink } from '@apollo/client';
import { createClient, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { GraphQLClient } from 'graphql-request';
import { KeepNewerCache, requestsByApollo } from 'head-swap-client/apollo';
import { askOverFetch, requestsByAsking } from 'head-swap-client/ask';
import { buyOnce, type KeyStorage, type PurchaseRequests } from 'head-swap-client/buy-once';
import { keys, schema } from 'head-swap-client/graphcache';
import { requestsByUrql } from 'head-swap-client/urql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { code, type ScriptedAnswer } from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { completeAnalysis, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

type Fetch = typeof fetch;

/** Whatever is sent arrives, and every answer is lost. */
const losing: Fetch = async (input, init) => {
  await fetch(input, init);
  throw new TypeError('fetch failed');
};

/** Every way of asking that the package knows, over a given fetch. */
const WAYS: readonly [string, (url: string, fetch: Fetch) => PurchaseRequests][] = [
  ['fetch', (url, fetch) => requestsByAsking(askOverFetch({ url, fetch }))],
  [
    'graphql-request',
    (url, fetch) => {
      const client = new GraphQLClient(url, { fetch });
      return requestsByAsking((query, variables) => client.request(query, variables));
    },
  ],
  [
    'Apollo Client',
    (uri, fetch) =>
      requestsByApollo(
        new ApolloClient({ cache: new KeepNewerCache(), link: new HttpLink({ uri, fetch }) }),
      ),
  ],
  [
    'urql with graphcache',
    (url, fetch) =>
      requestsByUrql(
        createClient({
          url,
          fetch,
          preferGetMethod: false,
          exchanges: [cacheExchange({ keys, schema }), fetchExchange],
        }),
      ),
  ],
];

let upstream: ScriptedUpstream;
let gateway: Gateway;
let order: Omit<ReturnType<typeof taskInput>, 'idempotencyKey'>;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream({ UPSTREAM_TIMEOUT_MS: '1000' }));
  const { idempotencyKey: _key, ...rest } = taskInput(await completeAnalysis(gateway, upstream));
  order = rest;
});
afterEach(stopGateways);

/** A storage like localStorage, which outlives the page. */
function createStorage(): KeyStorage & { readonly keys: Map<string, string> } {
  const keys = new Map<string, string>();
  return {
    keys,
    getItem: (slot) => keys.get(slot) ?? null,
    setItem: (slot, key) => keys.set(slot, key),
    removeItem: (slot) => keys.delete(slot),
  };
}

/** What AKOOL was sent so far. */
const creates = (): number => upstream.requestsTo('createTask').length;

describe.each(WAYS)('buyOnce through %s', (_name, through) => {
  const requests = (fetchWith: Fetch = fetch): PurchaseRequests =>
    through(`${gateway.url}/graphql`, fetchWith);

  it('buys once, however often it is pressed, and the next purchase has a key of its own', async () => {
    const storage = createStorage();
    const purchase = buyOnce({ requests: requests(), storage });
    const [first, second] = await Promise.all([purchase.buy(order), purchase.buy(order)]);
    expect(first).toMatchObject({ __typename: 'HeadSwapTask', status: 'QUEUED' });
    expect(second).toEqual(first);
    expect(await purchase.buy(order)).toEqual(first);
    expect(await purchase.recover()).toEqual(first);
    expect([creates(), storage.keys.size]).toEqual([1, 0]);

    const next = await buyOnce({ requests: requests(), storage }).buy(order);
    expect(next.__typename).toBe('HeadSwapTask');
    expect(next).not.toEqual(first);
    expect(creates()).toBe(2);
  });

  it('has the key stored before anything is sent, and keeps it when the answer is lost', async () => {
    const storage = createStorage();
    const stored: unknown[] = [];
    const watching: Fetch = (input, init) => {
      stored.push(...storage.keys.values());
      return losing(input, init);
    };
    await expect(buyOnce({ requests: requests(watching), storage }).buy(order)).rejects.toThrow(
      'fetch failed',
    );
    expect(stored).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect([...storage.keys.values()]).toEqual(stored);
    expect(creates()).toBe(1);

    const afterReload = buyOnce({ requests: requests(), storage });
    expect(await afterReload.recover()).toMatchObject({ __typename: 'HeadSwapTask' });
    expect([creates(), storage.keys.size]).toEqual([1, 0]);
  });

  it('brings the same task when it is pressed again after a lost answer', async () => {
    const storage = createStorage();
    await expect(buyOnce({ requests: requests(losing), storage }).buy(order)).rejects.toThrow(
      'fetch failed',
    );
    const result = await buyOnce({ requests: requests(), storage }).buy(order);
    expect(result.__typename).toBe('HeadSwapTask');
    expect([creates(), storage.keys.size]).toEqual([1, 0]);
  });

  it('keeps the key while the outcome is unknown, and asks the gateway each time', async () => {
    const storage = createStorage();
    let answer = (): void => undefined;
    const late: ScriptedAnswer = ({ request, response }) => {
      answer = () => {
        const task = { _id: 'f'.repeat(24), task_id: '1', status: 1, progress: 0 };
        upstream.setTask(task._id, task);
        const video_url = Reflect.get(Object(request.json), 'video_url');
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            code: 1000,
            msg: 'OK',
            data: { ...task, source_video_url: video_url, create_time: 1_778_806_019_014 },
          }),
        );
      };
    };
    upstream.next('createTask', late);
    const purchase = buyOnce({ requests: requests(), storage });
    const unknown = { __typename: 'OutcomeUnknownError', message: expect.any(String) };
    expect(await purchase.buy(order)).toMatchObject(unknown);
    const keys = [...storage.keys.values()];
    expect(await purchase.buy(order)).toMatchObject(unknown);
    expect(await purchase.recover()).toMatchObject(unknown);
    expect([...storage.keys.values()]).toEqual(keys);
    answer();
    await until(async () => (await purchase.recover())?.__typename === 'HeadSwapTask');
    expect([creates(), storage.keys.size]).toEqual([1, 0]);
  });

  it('goes on with the same key after a failure that bought nothing', async () => {
    const storage = createStorage();
    upstream.next('createTask', code(1104));
    const purchase = buyOnce({ requests: requests(), storage });
    expect(await purchase.buy(order)).toMatchObject({
      __typename: 'BillingError',
      message: expect.any(String),
    });
    const [key] = storage.keys.values();
    expect(await purchase.recover()).toBeNull();
    const used: unknown[] = [];
    const again = buyOnce({
      storage,
      requests: {
        ...requests(),
        create(input) {
          used.push(input.idempotencyKey);
          return requests().create(input);
        },
      },
    });
    expect((await again.buy(order)).__typename).toBe('HeadSwapTask');
    expect(used).toEqual([key]);
  });

  it('says that the key has bought something else, and then what', async () => {
    const storage = createStorage();
    await expect(buyOnce({ requests: requests(losing), storage }).buy(order)).rejects.toThrow(
      'fetch failed',
    );
    const purchase = buyOnce({ requests: requests(), storage });
    const result = await purchase.buy({ ...order, resolution: 'P480' });
    expect(result.__typename).toBe('IdempotencyConflictError');
    expect(await purchase.recover()).toMatchObject({ __typename: 'HeadSwapTask' });
    expect([creates(), storage.keys.size]).toEqual([1, 0]);
  });

  it('rejects with the gateway’s own words when it answers none of the results', async () => {
    const storage = createStorage();
    const purchase = buyOnce({ requests: requests(), storage });
    const wrong = { ...order, resolution: 'P9000' as 'P720' };
    await expect(purchase.buy(wrong)).rejects.toThrow(/Resolution/);
    expect(storage.keys.size).toBe(1);
    expect(creates()).toBe(0);
  });
});

describe('buyOnce', () => {
  it('sends nothing when the key cannot be stored', async () => {
    const requests = requestsByAsking(askOverFetch({ url: `${gateway.url}/graphql` }));
    const full: KeyStorage = {
      ...createStorage(),
      setItem() {
        throw new Error('QuotaExceededError');
      },
    };
    await expect(buyOnce({ requests, storage: full }).buy(order)).rejects.toThrow('Quota');
    const forgetful: KeyStorage = { ...createStorage(), setItem: () => undefined };
    await expect(buyOnce({ requests, storage: forgetful }).buy(order)).rejects.toThrow('keep');
    expect(creates()).toBe(0);
  });

  it('tells the task even when the key cannot be thrown away', async () => {
    const requests = requestsByAsking(askOverFetch({ url: `${gateway.url}/graphql` }));
    const storage: KeyStorage = {
      ...createStorage(),
      removeItem: () => Promise.reject(new Error('No')),
    };
    const result = await buyOnce({ requests, storage }).buy(order);
    expect(result.__typename).toBe('HeadSwapTask');
    expect(await buyOnce({ requests, storage }).buy(order)).toEqual(result);
    expect(creates()).toBe(1);
  });

  it('recovers nothing where nothing was under way, without asking', async () => {
    const asked: string[] = [];
    const requests: PurchaseRequests = {
      create: () => Promise.reject(new Error('never')),
      recover(key) {
        asked.push(key);
        return Promise.resolve(null);
      },
    };
    expect(await buyOnce({ requests, storage: createStorage() }).recover()).toBeNull();
    expect(asked).toEqual([]);
  });
});
