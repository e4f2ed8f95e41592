import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { KeepNewerCache, askAgainLink, requestsByApollo } from 'head-swap-client/apollo';
import { buyOnce } from 'head-swap-client/buy-once';
import { ReadOutputDocument, WatchHeadSwapTaskDocument } from 'head-swap-client/documents';
import { WebSocket } from 'ws';

/* Buys and watches with Apollo Client. */

const [url = '', analysisId = ''] = process.argv.slice(2);
const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
const client = new ApolloClient({
  cache: new KeepNewerCache(),
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(socket),
    ApolloLink.from([askAgainLink, new HttpLink({ uri: url })]),
  ),
});

const keys = new Map<string, string>();
const purchase = buyOnce({
  requests: requestsByApollo(client),
  storage: {
    getItem: (slot) => keys.get(slot) ?? null,
    setItem: (slot, key) => keys.set(slot, key),
    removeItem: (slot) => keys.delete(slot),
  },
});
const bought = await purchase.buy({
  analysisId,
  mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
});
if (bought.__typename !== 'HeadSwapTask') throw new Error(bought.message);

const variables = { id: bought.id };
await new Promise<void>((resolve, reject) => {
  client.subscribe({ query: WatchHeadSwapTaskDocument, variables }).subscribe({
    next: ({ data }) => process.stdout.write(`${data?.headSwapTaskStatusChanged.status}\n`),
    error: reject,
    complete: resolve,
  });
});
const { data } = await client.query({ query: ReadOutputDocument, variables });
process.stdout.write(`${data?.headSwapTask?.outputUrl}\n`);
await socket.dispose();
