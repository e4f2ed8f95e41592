import { createClient, fetchExchange, subscriptionExchange, type Client } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import type { Client as Socket } from 'graphql-ws';
import { keys, schema } from 'head-swap-client/graphcache';
import { keepNewerExchange } from 'head-swap-client/urql';

/** Queries and mutations go over HTTP, subscriptions over the WebSocket. */
export function createUrql(url: string, socket: Socket, token: () => string): Client {
  return createClient({
    url,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token()}` } }),
    exchanges: [
      cacheExchange({ keys, schema }),
      keepNewerExchange(),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query, variables: { ...variables } },
              {
                next: ({ data, errors }) =>
                  sink.next({ data: data ?? null, errors: [...(errors ?? [])] }),
                error: (error) => sink.error(error),
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
    ],
  });
}
