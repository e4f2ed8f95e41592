import type { Client } from 'graphql-ws';
import {
  Environment,
  Network,
  Observable,
  RecordSource,
  Store,
  type GraphQLResponse,
} from 'relay-runtime';

/** Queries and mutations go over HTTP, subscriptions over the WebSocket. */
export function createEnvironment(
  url: string,
  socket: Client,
  freshToken: () => Promise<string>,
): Environment {
  const network = Network.create(
    async ({ text }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${await freshToken()}`,
        },
        body: JSON.stringify({ query: text, variables }),
      });
      return response.json();
    },
    ({ text }, variables) =>
      Observable.create<GraphQLResponse>((sink) =>
        socket.subscribe(
          { query: text ?? '', variables },
          {
            next: (answer) => sink.next(answer as GraphQLResponse),
            // GraphQL errors come as a list, which is no Error.
            error: (error) =>
              sink.error(error instanceof Error ? error : new Error(JSON.stringify(error))),
            complete: () => sink.complete(),
          },
        ),
      ),
  );
  return new Environment({ network, store: new Store(new RecordSource()) });
}
