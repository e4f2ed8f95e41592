import type { GraphQLSchema } from 'graphql';
import './types/types.ts';
import './mutations/create-head-swap-task.ts';
import './credit-balance.ts';
import './mutations/submit-analysis.ts';
import './media/stored-media.ts';
import './media/uploads.ts';
import './subscriptions.ts';
import { builder } from './builder.ts';
import { withExactIds } from './exact-ids.ts';
import { asSubgraph } from './federation/subgraph.ts';

builder.queryType({ description: 'What can be asked. Asking changes nothing and spends nothing.' });

builder.mutationType({
  description:
    'What can be done at AKOOL. Nullable, so that a fault in one field of a request cannot wipe the answer to what another has bought.',
});

builder.subscriptionType({
  description:
    'What can be watched, over WebSocket (graphql-transport-ws) or server-sent events. Every subscription begins with the present state, so nothing is missed between asking and watching.',
});

/**
 * The whole schema. Resolvers expect a GraphContext made for the request, or for the event of a
 * subscription.
 */
export function buildSchema(): GraphQLSchema {
  return withExactIds(builder.toSchema());
}

/** The same for a gateway that stands behind a router of Apollo Federation. */
export function buildSubgraph(): GraphQLSchema {
  return asSubgraph(buildSchema());
}
