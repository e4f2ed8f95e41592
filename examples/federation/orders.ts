import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';

/** An order of the shop, and the jobs that it led to; null: none yet. */
export interface Order {
  readonly number: string;
  readonly customer: string;
  readonly analysisId: string;
  readonly taskId: string | null;
}

/** The SDL of the second subgraph. */
export const ordersSdl = readFileSync(new URL('orders.graphql', import.meta.url), 'utf8');

/** What a router asks of every subgraph that has entities. */
const FEDERATION = `
  directive @link(url: String!, import: [String!]) repeatable on SCHEMA
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
  scalar _Any
  union _Entity = HeadSwapTask
  extend type Query { _entities(representations: [_Any!]!): [_Entity]! }
`;

interface Reference {
  readonly __typename: string;
  readonly id: string;
}

/** Serves the second subgraph on a free port: the orders given, each with references to its jobs. */
export async function serveOrders(
  orders: readonly Order[],
): Promise<{ readonly url: string; stop(): void }> {
  const schema = createSchema({
    typeDefs: [ordersSdl, FEDERATION],
    resolvers: {
      Query: {
        orders: () => orders,
        _entities: (_root: unknown, args: { representations: Reference[] }) => args.representations,
      },
      _Entity: { __resolveType: ({ __typename }: Reference) => __typename },
      Order: {
        analysis: ({ analysisId }: Order) => ({ id: analysisId }),
        task: ({ taskId }: Order) => taskId && { id: taskId },
      },
      HeadSwapTask: {
        order: ({ id }: Reference) => orders.find(({ taskId }) => taskId === id) ?? null,
      },
    },
  });
  const yoga = createYoga({ schema, logging: false });
  const server = createServer((request, response) => void yoga(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens nowhere.');
  return {
    url: `http://127.0.0.1:${address.port}/graphql`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
