import { readFileSync, readdirSync } from 'node:fs';
import { ApolloClient, ApolloLink, HttpLink, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import type { DocumentNode } from 'graphql';
import { KeepNewerCache } from 'head-swap-client/apollo';
import * as documents from 'head-swap-client/documents';
import { keys, schema } from 'head-swap-client/graphcache';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';

const FOLDER = new URL('../../schema/operations/', import.meta.url);
/** The operations as they are written, without the `__typename` that clients add. */
const written = readdirSync(FOLDER).map((name) => gql(readFileSync(new URL(name, FOLDER), 'utf8')));
const shipped: DocumentNode[] = Object.values(documents);

/** Good for no operation, so that each is answered at once, after it was let in. */
const variables = { after: 'made up' };
const LET_IN = 'INVALID_INPUT';

let gateway: Gateway;

beforeAll(async () => {
  // GraphQLWsLink asks for it when an error comes, and Node 20 has none.
  vi.stubGlobal('WebSocket', WebSocket);
  ({ gateway } = await startWithUpstream({ PERSISTED_ONLY: 'true' }));
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await stopGateways();
});

/** What the gateway says to each operation that a client is given: a code, or undefined for an answer. */
type Ask = (document: DocumentNode) => Promise<unknown>;

function apollo(...links: ApolloLink[]): Ask {
  const http = new HttpLink({ uri: `${gateway.url}/graphql` });
  const client = new ApolloClient({
    cache: new KeepNewerCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(gateway.socket()),
      ApolloLink.from([...links, http]),
    ),
  });
  return async (document) => {
    const { operation } = operationOf(document);
    if (operation === 'subscription') {
      return new Promise((resolve, reject) => {
        client.subscribe({ query: document, variables }).subscribe({
          next: ({ error }) => resolve(codeIn(error)),
          error: reject,
        });
      });
    }
    const options = { variables, errorPolicy: 'all' } as const;
    const { error } = await (operation === 'query'
      ? client.query({ query: document, fetchPolicy: 'network-only', ...options })
      : client.mutate({ mutation: document, ...options }));
    return codeIn(error);
  };
}

function urql(): Ask {
  const client = createClient({
    url: `${gateway.url}/graphql`,
    preferGetMethod: false,
    fetchSubscriptions: true,
    exchanges: [cacheExchange({ keys, schema }), fetchExchange],
  });
  return async (document) => {
    const { operation } = operationOf(document);
    const { error } = await client[operation](document, variables).toPromise();
    return codeIn(error);
  };
}

describe.each([
  ['Apollo Client', () => apollo()],
  ['urql with graphcache', urql],
])('with PERSISTED_ONLY %s', (_name, create) => {
  it('is let in with every operation, shipped or as it was written', async () => {
    const ask = create();
    expect(shipped).toHaveLength(written.length);
    for (const document of [...shipped, ...written]) {
      expect(await ask(document)).toBe(nameOf(document) === 'CreditBalance' ? undefined : LET_IN);
    }
  });

  it('is refused with any other', async () => {
    const ask = create();
    expect(
      await ask(gql`
        query {
          creditBalance
        }
      `),
    ).toBe('OPERATION_NOT_ALLOWED');
  });
});

it('Apollo Client may send the id that a shipped document carries instead of its text', async () => {
  const bodies: unknown[] = [];
  const ids = new PersistedQueryLink({
    generateHash: (document) => Reflect.get(document, '__meta__').hash,
  });
  const record = new ApolloLink((operation, forward) => {
    const { http, fetchOptions } = operation.getContext();
    bodies.push({ http, fetchOptions });
    return forward(operation);
  });
  const ask = apollo(ids, record);
  expect(await ask(documents.CreditBalanceDocument)).toBeUndefined();
  expect(await ask(documents.ListJobsDocument)).toBe(LET_IN);
  expect(bodies).toHaveLength(2);
  for (const body of bodies) expect(body).toMatchObject({ http: { includeQuery: false } });
});

function operationOf(document: DocumentNode) {
  const found = document.definitions.find(({ kind }) => kind === 'OperationDefinition');
  if (found?.kind !== 'OperationDefinition') throw new Error('There is no operation.');
  return found;
}

function nameOf(document: DocumentNode): string | undefined {
  return operationOf(document).name?.value;
}

function codeIn(error: unknown): unknown {
  const { errors, graphQLErrors } = Object(error);
  return (errors ?? graphQLErrors)?.[0].extensions.code;
}
