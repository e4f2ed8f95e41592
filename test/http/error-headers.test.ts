import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { useToyServers, type Answer } from '../conformance/support/use-toy-servers.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { until } from '../support/processes/until.ts';
import { noMedia } from '../../src/media/no-media.ts';
import type { Media } from '../../src/media/media.ts';
import { MediaStorageError } from '../../src/media/storage/media-storage.ts';
import { createWebhookRoute } from '../../src/server/http/webhook-route.ts';
import { serverLimits } from '../../src/server/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';

/*
 * What an error tells callers in its body, HTTP's machinery reads in the head of its answer: proxies and clients wait by the one,
 * programs by the other. Every way out of the gateway is asked for both.
 */

const { start, ask, post, dial } = useToyServers();

const JSON_TYPES = ['application/json', 'application/graphql-response+json'];
const STREAM_TYPES = ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'];
const ACCEPTS = [...JSON_TYPES, ...STREAM_TYPES];
const ONCE = { perSecond: 0.1, burst: 1 };

/** The status, and how long to wait by the head and by the body. */
const waits = ({ status, headers, text }: Answer): readonly unknown[] => [
  status,
  headers['retry-after'],
  text === '' ? undefined : JSON.parse(text).errors[0].extensions.retryAfterSeconds,
];

/** An error of a resolver's, or of a step before it, that says how long to wait. */
const busy = (seconds: number): GraphQLError =>
  new GraphQLError('Not now.', {
    extensions: { code: 'UNAVAILABLE', retryAfterSeconds: seconds },
  });

describe('an error that says how long to wait says it in the head as well', () => {
  it.each(ACCEPTS)('of a query, a mutation and a subscription for %s', async (accept) => {
    const at = await start({
      clock: createManualClock(),
      limits: { rates: { query: ONCE, mutation: ONCE, subscription: ONCE } },
    });
    const isStream = STREAM_TYPES.includes(accept);
    for (const query of ['{ hello }', 'mutation { buy }', 'subscription { broken }']) {
      if (query.startsWith('subscription') && !isStream) continue;
      expect((await post({ query }, { accept }, at)).status).toBe(200);
      expect([query, ...waits(await post({ query }, { accept }, at))]).toEqual([
        query,
        429,
        '10',
        10,
      ]);
    }
    const asked = await ask('/graphql?query=%7Bhello%7D', { headers: { accept }, at });
    expect(waits(asked)).toEqual([429, '10', 10]);
  });

  it.each(STREAM_TYPES)('of a team with too many streams, for %s', async (accept) => {
    const at = await start({ limits: { connectionsPerTeam: 1 } });
    const open = await fetch(`${at.url}/graphql?query=subscription%7Bfeed%7D`, {
      headers: { accept },
    });
    await until(() => at.jobs.watching === 1);
    const refused = await post({ query: 'subscription { feed }' }, { accept }, at);
    expect(waits(refused)).toEqual([429, '1', 1]);
    await open.body?.cancel();
  });

  it.each(ACCEPTS)(
    'of a plugin, before the operation runs and in its place, for %s',
    async (accept) => {
      const parsing = await start({
        plugins: [
          {
            onParse({ setParseFn }: { setParseFn(parse: () => never): void }) {
              setParseFn(() => {
                throw busy(7);
              });
            },
          },
        ],
      });
      const executing = await start({
        plugins: [
          {
            onExecute({
              setResultAndStopExecution: end,
            }: {
              setResultAndStopExecution(r: object): void;
            }) {
              end({ errors: [busy(8)] });
            },
          },
        ],
      });
      expect(waits(await post({ query: '{ hello }' }, { accept }, executing))).toEqual([
        503,
        '8',
        8,
      ]);
      expect(waits(await post({ query: '{ hello }' }, { accept }, parsing))).toEqual([503, '7', 7]);
    },
  );

  it('of the store, where nothing could be begun', async () => {
    const at = await start({
      contextFor() {
        throw new StoreUnavailableError('The store is away.');
      },
    });
    for (const query of ['{ hello }', 'mutation { buy }']) {
      for (const _ of ['the long way', 'the short one']) {
        expect(waits(await post({ query }, {}, at))).toEqual([503, '5', 5]);
      }
    }
  });

  it('of credentials that cannot be checked', async () => {
    const at = await start({ authenticate: () => Promise.reject(new Error('It is away.')) });
    for (const accept of ACCEPTS) {
      expect(waits(await post({ query: '{ hello }' }, { accept }, at))).toEqual([503, '1', 1]);
    }
  });

  it('of a webhook that could not be recorded', async () => {
    const at = await start({
      webhook: createWebhookRoute({
        receive: () => Promise.reject(new Error('It is away.')),
        log: { debug() {}, info() {}, warn() {}, error() {} },
        clock: systemClock,
        limits: serverLimits,
      }),
    });
    const asked = await ask('/webhooks/akool/token', { method: 'POST', body: '{}', at });
    expect(waits(asked)).toEqual([503, '5', 5]);
  });

  it('of an overloaded gateway and of one that goes away, a handshake too', async () => {
    const clock = createManualClock();
    let delay = 0;
    const at = await start({ clock, loopDelay: { read: () => delay, stop: () => {} } });
    const handshake = async (): Promise<readonly unknown[]> => {
      const { socket, received } = await dial(at);
      socket.write(
        'GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
          'sec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
      );
      await until(() => socket.destroyed || socket.readableEnded);
      const [head = '', text = ''] = received().split('\r\n\r\n');
      const status = Number(head.split(' ')[1]);
      const wait = /^retry-after: (.*)$/m.exec(head)?.[1];
      return waits({ status, headers: { 'retry-after': wait }, text });
    };
    const slow = post({ query: '{ slow }' }, {}, at);
    await until(() => at.waiting === 1);
    delay = 2_500;
    await clock.advance(3_000);
    expect(waits(await post({ query: '{ hello }' }, {}, at))).toEqual([503, '5', 5]);
    expect(await handshake()).toEqual([503, '5', 5]);
    const drained = at.drain();
    expect(waits(await post({ query: '{ hello }' }, {}, at))).toEqual([503, '1', 1]);
    expect(await handshake()).toEqual([503, '1', 1]);
    at.openGate();
    await slow;
    await clock.advance(60_000);
    await drained;
  });
});

describe('files', () => {
  const link = `/media/${'a'.repeat(20)}/output`;
  const place = `/uploads/${'a'.repeat(20)}`;
  const withMedia = (media: Partial<Media>) =>
    start({
      media: {
        ...noMedia,
        openLink: () => ({ key: 'one', contentType: 'image/png', expiresAt: 1 }),
        ...media,
      },
    });
  const away = () => Promise.reject(new MediaStorageError('AWAY', 'ECONNREFUSED'));

  it('say how long to wait, and are not kept, where their store is away', async () => {
    const cases = [{ sizeOf: away }, { sizeOf: async () => 10, read: away }];
    for (const media of cases) {
      const answer = await ask(link, { at: await withMedia(media) });
      expect(waits(answer)).toEqual([503, '5', 5]);
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'application/json; charset=utf-8',
      });
      expect(answer.headers).not.toHaveProperty('content-disposition');
    }
  });

  it('that went away while they were looked for are not kept as missing', async () => {
    const at = await withMedia({ sizeOf: async () => 10, read: async () => null });
    const answer = await ask(link, { at });
    expect([answer.status, answer.headers['cache-control']]).toEqual([404, 'no-store']);
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it.each([
    ['AWAY', 503],
    ['FULL', 507],
  ] as const)('that cannot be taken say how long to wait: %s', async (problem, status) => {
    const error = new MediaStorageError(problem, 'CODE');
    const receive = async () => ({ kind: 'store', error }) as const;
    const at = await withMedia({ uploads: { ...noMedia.uploads, receive } });
    const answer = await ask(place, { method: 'PUT', body: 'x', at });
    expect(waits(answer)).toEqual([status, '30', 30]);
  });
});

describe('an error that says nothing of waiting', () => {
  it.each([
    ['a syntax error', { query: '{ nope' }, {}, 200],
    ['an unknown field', { query: '{ nope }' }, {}, 200],
    ['nobody we know', { query: '{ hello }' }, { 'x-api-key': 'wrong' }, 401],
    ['an answer that nobody takes', { query: '{ hello }' }, { accept: 'image/png' }, 406],
    ['a fault of ours', { query: '{ boom }' }, {}, 200],
  ])('has no such header: %s', async (_what, body, headers, status) => {
    const answer = await post(body, headers);
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, undefined]);
  });

  it('and answers in part have none, whatever the errors in them say', async () => {
    const plugin = {
      onExecute: () => ({
        onExecuteDone({ setResult }: { setResult(result: object): void }) {
          setResult({ data: { hello: null }, errors: [busy(9)] });
        },
      }),
    };
    const answer = await post({ query: '{ hello }' }, {}, await start({ plugins: [plugin] }));
    expect(waits(answer)).toEqual([200, undefined, 9]);
  });
});

describe('whoever is not let in', () => {
  it('is told how to come in, whoever says no', async () => {
    const refuse = () => {
      throw new GraphQLError('Not you.', { extensions: { code: 'UNAUTHENTICATED' } });
    };
    const plugins = [{ onExecute: refuse }];
    const strict = await start({ plugins });
    for (const answer of [
      await post({ query: '{ hello }' }, { 'x-api-key': 'wrong' }),
      await post({ query: '{ hello }' }, {}, strict),
    ]) {
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
  });
});
