import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import * as generated from '../../src/client-operations/graphql.ts';
import { codeOf, post, send } from '../support/gateway/calling.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { envFor } from '../support/gateway/stories.ts';

const OPERATIONS = new URL('../../schema/operations/', import.meta.url);
const manifest: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL('../../schema/persisted-operations.json', import.meta.url), 'utf8'),
);
const written = readdirSync(OPERATIONS).map((name) =>
  readFileSync(new URL(name, OPERATIONS), 'utf8'),
);
const typed = Object.values(generated).filter(
  (value) => value instanceof generated.TypedDocumentString,
);
const BALANCE_ID = String(generated.CreditBalanceDocument.__meta__?.['hash']);
/** Good for no operation, so that every one of them is answered at once. */
const variables = { after: 'made up' };
const NOT_ALLOWED = 'OPERATION_NOT_ALLOWED';

let upstream: ScriptedUpstream;
let strict: Gateway;
let open: Gateway;

beforeAll(async () => {
  ({ upstream, gateway: strict } = await startWithUpstream({ PERSISTED_ONLY: 'true' }));
  open = await startGateway({ env: envFor(upstream) });
});
afterAll(stopGateways);

/** The first error's code, over each transport; undefined where there is none. */
async function overHttp(body: object, at = strict): Promise<unknown> {
  return codeOf(await post(at.url, body));
}
async function overSse(body: object): Promise<unknown> {
  const { text } = await post(strict.url, body, { accept: 'text/event-stream' });
  const first = /^data: (\{.*\})$/m.exec(text)?.[1] ?? text;
  return JSON.parse(first).errors?.[0].extensions.code;
}
async function overGet(search: string): Promise<unknown> {
  return codeOf(await send(`${strict.url}/graphql?${search}`));
}
async function overWebSocket(payload: object): Promise<unknown> {
  const socket = await connectRaw(strict.url);
  socket.send({ id: '1', type: 'subscribe', payload: { query: '', ...payload } });
  const { type, payload: answer } = await socket.next();
  socket.webSocket.terminate();
  return type === 'error' ? Reflect.get(Object(answer), '0').extensions.code : undefined;
}

describe('with PERSISTED_ONLY', () => {
  it('every operation of the manifest is let in as it was written, generated or printed', async () => {
    expect(Object.keys(manifest)).toHaveLength(typed.length);
    const texts = [...written, ...typed.map(String), ...Object.values(manifest)];
    expect(texts).toHaveLength(3 * written.length);
    for (const query of texts) {
      // Whatever gets wrong variables is refused for that, after it was let in; a subscription is asked for where it can be had.
      const code = query.includes('subscription')
        ? await overSse({ query, variables })
        : await overHttp({ query, variables });
      expect([undefined, 'INVALID_INPUT']).toContain(code);
    }
  });

  it('and by its id, over every transport', async () => {
    for (const id of Object.keys(manifest)) {
      expect(await overSse({ documentId: id, variables })).not.toBe(NOT_ALLOWED);
    }
    const persistedQuery = { version: 1, sha256Hash: BALANCE_ID };
    const ways: object[] = [
      { documentId: BALANCE_ID },
      { documentId: `sha256:${BALANCE_ID}` },
      { extensions: { persistedQuery } },
      { query: '', extensions: { persistedQuery } },
      { query: null, documentId: BALANCE_ID },
    ];
    for (const way of ways) {
      expect(await post(strict.url, way)).toMatchObject({
        text: '{"data":{"creditBalance":1000}}',
      });
      expect(await overSse(way)).toBeUndefined();
    }
    expect(await overWebSocket({ documentId: BALANCE_ID })).toBeUndefined();
    expect(await overWebSocket({ extensions: { persistedQuery } })).toBeUndefined();
    expect(await overGet(`documentId=${BALANCE_ID}`)).toBeUndefined();
    expect(await overGet(`extensions=${JSON.stringify({ persistedQuery })}`)).toBeUndefined();
  });

  const balance = '{ creditBalance }';
  it.each<[string, object]>([
    ['an operation without a name', { query: balance }],
    ['another name', { query: `query Other ${balance}` }],
    ['a field more', { query: 'query CreditBalance { creditBalance jobStatusCursor }' }],
    [
      'a field under the name of its type',
      { query: 'query CreditBalance { __typename: creditBalance }' },
    ],
    ['its type besides', { query: 'query CreditBalance { __typename creditBalance }' }],
    ['a field twice', { query: 'query CreditBalance { creditBalance creditBalance }' }],
    ['an alias', { query: 'query CreditBalance { a: creditBalance }' }],
    ['a directive', { query: 'query CreditBalance { creditBalance @include(if: true) }' }],
    ['a fragment', { query: 'query CreditBalance { ... { creditBalance } }' }],
    [
      'one operation behind another',
      {
        query: `query CreditBalance ${balance} query Other { __typename }`,
        operationName: 'CreditBalance',
      },
    ],
    [
      'another default',
      {
        query: Object.values(manifest)
          .find((text) => text.startsWith('query ListJobs'))
          ?.replace('= 20', '= 100'),
      },
    ],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['a field that does not exist', { query: '{ nope }' }],
    ['no GraphQL at all', { query: '{ canary' }],
    ['too deep a text', { query: `${'{ a '.repeat(500)}${'}'.repeat(500)}` }],
    ['an unknown id', { documentId: 'f'.repeat(64) }],
    ['the name of a property', { documentId: '__proto__' }],
    ['another text under a good id', { query: '{ __typename }', documentId: BALANCE_ID }],
  ])('%s is refused, over every transport', async (_what, body) => {
    expect(await overHttp(body)).toBe(NOT_ALLOWED);
    expect(await overSse(body)).toBe(NOT_ALLOWED);
    expect(await overWebSocket(body)).toBe(NOT_ALLOWED);
    const params = new URLSearchParams(Object.entries(body)).toString();
    expect(await overGet(params)).toBe(NOT_ALLOWED);
  });

  it('who asks for nothing is told so, over every transport', async () => {
    for (const body of [{}, { query: null }, { query: '' }]) {
      expect(await overHttp(body)).toBe('BAD_REQUEST');
      expect(await overSse(body)).toBe('BAD_REQUEST');
    }
    expect(await overWebSocket({ query: '' })).toBe('BAD_REQUEST');
    expect(await overGet('')).toBe('BAD_REQUEST');
    expect(await overGet('query=')).toBe('BAD_REQUEST');
  });

  it('nothing of a refused text comes back, and nothing was asked of AKOOL for it', async () => {
    const { text } = await post(strict.url, { query: 'query canary { creditBalance }' });
    expect(text).not.toContain('canary');
    const before = upstream.requests.length;
    await overHttp({
      query: 'mutation { submitAnalysis(input: { videoUrl: "https://a.b/c" }) { __typename } }',
    });
    expect(upstream.requests.length).toBe(before);
  });
});

describe("Apollo's hashes", () => {
  const persistedQuery = { version: 1, sha256Hash: 'f'.repeat(64) };
  const extensions = { persistedQuery };
  const search = `extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
  const first = async (at: Gateway, how: 'POST' | 'GET'): Promise<unknown> => {
    const answer =
      how === 'POST'
        ? await post(at.url, { extensions })
        : await send(`${at.url}/graphql?${search}`);
    const [error] = JSON.parse(answer.text).errors;
    return [answer.status, error.message, error.extensions.code];
  };

  it.each(['POST', 'GET'] as const)(
    'that nothing has are answered in its two words, by %s',
    async (how) => {
      const notSupported = ['PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED'];
      expect(await first(open, how)).toEqual([200, ...notSupported]);
      const notFound = ['PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND'];
      expect(await first(strict, how)).toEqual([200, ...notFound]);
    },
  );

  it('come with the document when they are sent again, which is then what counts', async () => {
    const query = '{ creditBalance }';
    expect(await overHttp({ query, extensions }, open)).toBeUndefined();
    expect(await overHttp({ query, extensions })).toBe(NOT_ALLOWED);
    const hash = { version: 1, sha256Hash: BALANCE_ID };
    expect(await overHttp({ extensions: { persistedQuery: hash } })).toBeUndefined();
  });

  it('are answered over a WebSocket, too', async () => {
    expect(await overWebSocket({ extensions })).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('a subscribe without its query', () => {
  it.each([{}, { query: null }, { query: undefined }])(
    'runs by a documentId, and the socket goes on: %j',
    async (rest) => {
      const socket = await connectRaw(open.url);
      socket.send({ id: '1', type: 'subscribe', payload: { ...rest, documentId: BALANCE_ID } });
      expect(await socket.next()).toMatchObject({
        id: '1',
        type: 'next',
        payload: { data: { creditBalance: 1_000 } },
      });
      expect(await socket.next()).toMatchObject({ id: '1', type: 'complete' });
      socket.send({ id: '2', type: 'subscribe', payload: rest });
      expect(await socket.next()).toMatchObject({
        id: '2',
        type: 'error',
        payload: [{ extensions: { code: 'BAD_REQUEST' } }],
      });
      socket.send({ id: '3', type: 'subscribe', payload: { query: '{ creditBalance }' } });
      expect(await socket.next()).toMatchObject({ id: '3', type: 'next' });
      socket.webSocket.terminate();
    },
  );
});

describe('without it', () => {
  it('ids are let in too, so that clients need not know', async () => {
    expect(await overHttp({ documentId: BALANCE_ID }, open)).toBeUndefined();
    expect(
      await overHttp({ query: '{ __typename }', documentId: 'unknown' }, open),
    ).toBeUndefined();
    expect(await overHttp({ documentId: 'unknown' }, open)).toBe(NOT_ALLOWED);
    expect(await overHttp({ extensions: { persistedQuery: {} } }, open)).toBe('BAD_REQUEST');
    expect(await overHttp({ documentId: 7 }, open)).toBe('BAD_REQUEST');
  });

  it('a request without an operation is told what to send, in the same words for each', async () => {
    const texts = await Promise.all(
      [{}, { query: null }, { query: '' }, { variables: {} }].map(
        async (body) => (await post(open.url, body)).text,
      ),
    );
    const message =
      'There is no operation: send its text as "query", or the id of a persisted one.';
    const told = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
    expect(texts).toEqual([told, told, told, told]);
  });
});
