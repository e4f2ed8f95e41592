import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import type { Client } from 'graphql-ws';
import { KeepNewerCache, askAgainLink } from 'head-swap-client/apollo';

/** Queries and mutations go over HTTP, subscriptions over the WebSocket. */
export function createApollo(
  url: string,
  socket: Client,
  freshToken: () => Promise<string>,
): ApolloClient {
  const credential = new SetContextLink(async ({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${await freshToken()}` },
  }));
  return new ApolloClient({
    cache: new KeepNewerCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(socket),
      ApolloLink.from([askAgainLink, credential, new HttpLink({ uri: url })]),
    ),
  });
}
