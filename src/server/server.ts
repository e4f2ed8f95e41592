import type { GraphQLSchema } from 'graphql';
import type { Authenticate } from '../auth/credentials.ts';
import type { Caller } from '../domain/caller.ts';
import type { CheckCost } from '../graphql/operation-cost.ts';
import { createRequestTrace } from '../log/request-trace.ts';
import { pause, type Clock } from '../runtime/clock.ts';
import type { Media } from '../media/media.ts';
import type { Log } from '../runtime/log.ts';
import { createExplorerPage, type ExplorerFolders } from './explorer/explorer-page.ts';
import { noTracer, type Tracer } from '../runtime/tracing/tracer.ts';
import { createFanout, type Fanout } from './fanout/fanout.ts';
import { createFileRoutes } from './http/files/file-routes.ts';
import type { OperatorRoutes } from './http/operators/operator-routes.ts';
import {
  createHttpServer,
  type GatewayHttpServer,
  type HttpServerParts,
} from './http/http-server.ts';
import type { WebhookHandler } from './http/webhook-route.ts';
import { serverLimits, type ServerLimits } from './limits.ts';
import { measureLoopDelay, watchOverload, type LoopDelay } from './load/overload.ts';
import { createTeamQuota } from './load/team-quota.ts';
import type { CauseOf, EventId, FormatError } from './operation.ts';
import type { OperationObserver } from './operation-observer.ts';
import { createOperations } from './operations/operations.ts';
import type { PersistedOperations } from './operations/persisted/persisted-operations.ts';
import { createEventStreams, type EventStreams } from './sse/event-streams.ts';
import { createWebSockets, type WebSockets } from './websocket/websocket.ts';
import { createGraphqlRoute, createGraphqlServer, type GatewayPlugin } from './yoga.ts';

/** Everything the server is made of and does not make itself. */
export interface ServerOptions {
  readonly host: string;
  /** 0: a free one is picked. */
  readonly port: number;
  readonly schema: GraphQLSchema;
  /** What an operation may cost, beside the server's own limits. Default: anything. */
  readonly checkCost?: CheckCost;
  /**
   * Subscription fields whose every event is a whole state: watchers share them, slow readers skip
   * to the latest.
   */
  readonly stateSubscriptions: readonly string[];
  /** Called for every request and for every event of a subscription. */
  readonly contextFor: (caller: Caller) => object;
  /** Default: no event has a place that its reader could come back to. */
  readonly eventId?: EventId;
  readonly authenticate: Authenticate;
  readonly formatError: FormatError;
  /** GraphiQL, introspection and suggestions. */
  readonly explorer: boolean;
  /** Operations that callers may name instead of sending them. */
  readonly persisted: PersistedOperations;
  /** Refuse every other operation. */
  readonly persistedOnly: boolean;
  /** Who is told of operations beside the access log. Default: nobody. */
  readonly observers?: readonly OperationObserver[];
  /** Plugins of the operator's. Default: none. */
  readonly plugins?: readonly GatewayPlugin[];
  /** Where the explorer is read from when it is first shown. */
  readonly explorerFolders: ExplorerFolders;
  /** Further origins for CORS and WebSockets, as browsers write them. */
  readonly allowedOrigins: readonly string[];
  /**
   * Answer everything but /webhooks and /health only to clients that name this server by a loopback
   * name.
   */
  readonly loopbackHostsOnly: boolean;
  /** Null: /webhooks does not exist. */
  readonly webhook: WebhookHandler | null;
  /** Files in and out. Default: the routes do not exist. */
  readonly media?: Media;
  /** What /ready asks, besides draining. A rejection means no. */
  readonly ready: () => Promise<boolean>;
  /**
   * What /ready tells beside its yes or no: what works less well than it should. Default: nothing
   * ever does.
   */
  readonly degraded?: () => readonly string[];
  /** What operators read at /metrics and /ready?verbose, and who may. Default: nothing. */
  readonly operators?: OperatorRoutes;
  /** Is told of every HTTP response that was given, or broke off. Default: nobody is. */
  readonly onResponse?: HttpServerParts['onResponse'];
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
  /** Which span led to an event of a subscription. Default: none is known. */
  readonly causeOf?: CauseOf;
  readonly log: Log;
  readonly clock: Clock;
  /** Default: that of this process. */
  readonly loopDelay?: LoopDelay;
  /** Bounds that differ from `serverLimits`. */
  readonly limits?: Partial<ServerLimits>;
  /**
   * How long a drain lasts at least, in ms, so that whoever asks /ready from time to time sees its
   * no. Default: 0.
   */
  readonly drainAtLeastMs?: number;
}

/** A server that listens. */
export interface RunningServer {
  /** As in `http://127.0.0.1:4000`, without a path; GraphQL is at `/graphql`. */
  readonly url: string;
  readonly port: number;
  /** Subscriptions that are open, by transport. */
  readonly watchers: Fanout['watchers'];
  /**
   * /ready says no and new work is refused; running requests finish, WebSockets close with 1001,
   * event streams end. After that, or after `drainMs`, the server closes. Calling it again awaits
   * the same drain.
   */
  drain(): Promise<void>;
  /** Cuts everything at once; resolves when nothing of the server is left. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects when it cannot (the port is taken, the host unknown). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, clock, drainAtLeastMs = 0 } = options;
  const limits: ServerLimits = { ...serverLimits, ...options.limits };
  let draining: Promise<void> | null = null;
  const parts = assemble(options, limits, () => draining !== null);
  const { http, sockets, streams } = parts;
  const port = await http.listen(options.port, host).catch((error: unknown) => {
    parts.cut();
    throw error;
  });

  const close = async (): Promise<void> => {
    draining ??= Promise.resolve();
    parts.cut();
    await http.close();
    await parts.dispose();
  };
  const finish = async (): Promise<void> => {
    const finished = Promise.all([
      http.finish(),
      sockets.drain(),
      streams.drain(),
      drainAtLeastMs > 0 && pause(clock, drainAtLeastMs),
    ]);
    let cancel = (): void => {};
    const tooLong = new Promise<void>((resolve) => {
      cancel = clock.after(limits.drainMs, resolve);
    });
    await Promise.race([finished, tooLong]);
    cancel();
    await close();
  };

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    watchers: parts.watchers,
    drain: () => (draining ??= finish()),
    close,
  };
}

/** The transports, around what they share. */
interface ServerParts {
  readonly http: GatewayHttpServer;
  readonly sockets: WebSockets;
  readonly streams: EventStreams;
  readonly watchers: Fanout['watchers'];
  /** Cuts WebSockets and event streams at once. */
  cut(): void;
  dispose(): Promise<void>;
}

/** Makes every part of a server that does not listen yet. */
function assemble(
  options: ServerOptions,
  limits: ServerLimits,
  isDraining: () => boolean,
): ServerParts {
  const { formatError, log, clock, media, tracer = noTracer } = options;
  const operations = createOperations({
    ...options,
    checkCost: options.checkCost ?? (() => {}),
    observers: options.observers ?? [],
    eventId: options.eventId ?? (() => null),
    tracer,
    causeOf: options.causeOf ?? (() => null),
    limits,
  });
  const fanout = createFanout((error) => [formatError(error, createRequestTrace(log).report)]);
  const overload = watchOverload({
    loopDelay: options.loopDelay ?? measureLoopDelay(),
    clock,
    limits,
  });
  const connections = createTeamQuota(limits.connectionsPerTeam);
  const streams = createEventStreams({ ...operations, connections, clock, limits });
  const yoga = createGraphqlServer({
    ...options,
    plugins: options.plugins ?? [],
    operations,
    fanout,
    streams,
    explorerPage: options.explorer ? createExplorerPage(options.explorerFolders) : null,
    overload,
    isDraining,
    tracer,
    limits,
  });
  const sockets = createWebSockets({
    ...options,
    ...operations,
    tracer,
    yoga,
    connections,
    runningOperations: createTeamQuota(limits.operationsPerTeam),
    overload,
    limits,
  });
  const http = createHttpServer({
    ...options,
    tracer,
    overload,
    degraded: options.degraded ?? (() => []),
    operators: options.operators ?? null,
    onResponse: options.onResponse ?? (() => {}),
    files: media === undefined ? null : createFileRoutes({ ...options, media, limits }),
    graphql: createGraphqlRoute(yoga, (options.plugins ?? []).length > 0),
    acceptWebSocket: (request, connection, head) => sockets.accept(request, connection, head),
    isDraining,
    limits,
  });

  return {
    http,
    sockets,
    streams,
    watchers: fanout.watchers,
    cut() {
      overload.stop();
      sockets.close();
      streams.close();
    },
    dispose: async () => yoga.dispose(),
  };
}
