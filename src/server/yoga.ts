import { sendNodeResponse } from '@whatwg-node/server';
import type { GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Authenticate } from '../auth/credentials.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Tracer } from '../runtime/tracing/tracer.ts';
import { readAccept, type Accepted } from './accept.ts';
import type { ExplorerPage } from './explorer/explorer-page.ts';
import type { Fanout } from './fanout/fanout.ts';
import { useAccept } from './http/plugins/use-accept.ts';
import { useAnswers } from './http/plugins/use-answers.ts';
import { useCaller } from './http/plugins/use-caller.ts';
import { useEventStreams } from './http/plugins/use-event-streams.ts';
import { useExplorer } from './http/plugins/use-explorer.ts';
import { useHotLane } from './http/plugins/use-hot-lane.ts';
import { useJsonBody } from './http/plugins/use-json-body.ts';
import { useLateRequests } from './http/plugins/use-late-requests.ts';
import { useLoadShedding } from './http/plugins/use-load-shedding.ts';
import { useMethods } from './http/plugins/use-methods.ts';
import { useSameSite } from './http/plugins/use-same-site.ts';
import type { ServerLimits } from './limits.ts';
import type { Overload } from './load/overload.ts';
import type { GraphqlRoute, HttpContext } from './operation-context.ts';
import type { Operations } from './operations/operations.ts';
import { useAllowance } from './operations/plugins/use-allowance.ts';
import { useContext } from './operations/plugins/use-context.ts';
import { useDescribedErrors } from './operations/plugins/use-described-errors.ts';
import { useDocuments } from './operations/plugins/use-documents.ts';
import { useExecution } from './operations/plugins/use-execution.ts';
import { useFanout } from './operations/plugins/use-fanout.ts';
import { useObserver } from './operations/plugins/use-observer.ts';
import { useSpans } from './operations/plugins/use-spans.ts';
import { usePersistedOperations } from './operations/plugins/use-persisted-operations.ts';
import type { EventStreams } from './sse/event-streams.ts';

/**
 * A plugin of an operator's: Envelop's hooks see operations on every transport, Yoga's those over
 * HTTP alone. It is trusted like the gateway itself.
 */
export type GatewayPlugin = Plugin<Record<string, unknown>> | Readonly<Record<string, unknown>>;

/** What Yoga is given. */
export interface YogaParts {
  readonly schema: GraphQLSchema;
  readonly operations: Operations;
  readonly fanout: Fanout;
  readonly streams: EventStreams;
  readonly authenticate: Authenticate;
  readonly allowedOrigins: readonly string[];
  /** Those of the operator, after every gate and before errors are told. */
  readonly plugins: readonly GatewayPlugin[];
  /** Null: there is no explorer. */
  readonly explorerPage: ExplorerPage | null;
  readonly overload: Overload;
  readonly isDraining: () => boolean;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/**
 * The GraphQL server. Its plugins stand in the order in which a request meets them; each says no
 * for one reason, or does one thing. The first list is HTTP's alone. The second holds on every
 * transport: WebSockets take it from `getEnveloped`.
 */
export function createGraphqlServer(parts: YogaParts) {
  const { schema, operations, fanout, streams, overload, isDraining, tracer, clock, limits } =
    parts;
  // A plugin of somebody else's is to see every operation, and every subscription to its end.
  const isAlone = parts.plugins.length === 0;
  const { documents, allowance, execution, openPayloads, describe, observer } = operations;
  return createYoga<HttpContext>({
    schema,
    plugins: [
      useLateRequests(), //                                                a Request only where one is looked at
      useHotLane(isAlone ? parts : null), //                               known documents, at once
      useLoadShedding({ overload, isDraining, limits }), //                503
      useMethods(), //                                                     405
      useExplorer(parts.explorerPage),
      useSameSite(parts.allowedOrigins), //                                403
      useAccept(), //                                                      406
      useJsonBody(limits), //                                              415, then 413 and 400
      useCaller({ authenticate: parts.authenticate, clock }), //           401, 503
      useEventStreams(streams, limits.connectionsPerTeam, isAlone), //     406, 429
      useAnswers(describe),

      usePersistedOperations(operations.persisted),
      useDocuments(documents, operations.persistedOnly), //                parsed, measured, valid
      useAllowance(documents, allowance), //                               named, cheap enough, not too many
      useContext(operations.contextFor),
      useExecution(execution),
      useFanout(fanout, openPayloads, tracer),

      ...parts.plugins,

      useDescribedErrors(describe),
      useSpans(tracer),
      useObserver(observer, clock),
    ],
    // Everything else that Yoga would do by itself, each less strictly than the gateway promises.
    extraParamNames: ['documentId'],
    // Every error that leaves is told by `describe`; masking would come before it.
    maskedErrors: false,
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    logging: false,
    // It cannot be switched off, and no request line can hold this path.
    healthCheckEndpoint: ' ',
  });
}

export type GraphqlServer = ReturnType<typeof createGraphqlServer>;

/** How many ways of writing an `Accept` header are remembered; clients have one each. */
const REMEMBERED_ACCEPTS = 100;

/**
 * Hands requests to Yoga and sends its answers. Never by Yoga's own listener, which answers what is
 * thrown with the stack, and always with one context: a second one would be copied, property by
 * property. `signals`: whether anybody may look at the signal of a request, which tells that its
 * client is gone; nothing here does, and it costs three listeners.
 */
export function createGraphqlRoute(yoga: GraphqlServer, signals: boolean): GraphqlRoute {
  const { handleNodeRequest, handleNodeRequestAndResponse } = yoga;
  const accepts = new LRUCache<string, Accepted>({
    max: REMEMBERED_ACCEPTS,
    memoMethod: readAccept,
  });
  // No async function: it would keep its variables for every request that is under way.
  return (req, res, { search, trace, endSpan }) => {
    const accepted = accepts.memo(req.headers.accept ?? '*/*');
    const context: HttpContext = { req, res, search, trace, endSpan, accepted, caller: null };
    const answered = signals
      ? handleNodeRequestAndResponse(req, res, context)
      : handleNodeRequest(req, context);
    return Promise.resolve(answered).then((answer) =>
      context.isAnswered ? undefined : sendNodeResponse(answer, res, req, true),
    );
  };
}
