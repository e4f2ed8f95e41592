import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type ServerOptions as HttpServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLSchema } from 'graphql';
import type { Caller } from '../domain/caller.ts';
import type { CheckCost } from '../graphql/operation-cost.ts';
import type { Clock } from '../runtime/clock.ts';
import { pause } from '../runtime/pause.ts';
import type { Log } from '../runtime/log.ts';
import { createAccessLog } from './operations/access-log.ts';
import type { Authenticate } from '../auth/credentials.ts';
import { createDocuments } from './operations/documents.ts';
import { createEventStreams } from './fanout/event-streams.ts';
import { createExplorerPage } from './explorer/explorer-page.ts';
import { createFanout } from './fanout/fanout.ts';
import { createGraphqlRoute, mayContinue } from './http/graphql-route.ts';
import { createHttpEdge, GRAPHQL_PATH, type WebhookHandler } from './http/http-edge.ts';
import { ignoreUpgrade, wantsWebSocket } from './http/ignore-upgrade.ts';
import { serverLimits, type ServerLimits } from './limits.ts';
import type { FormatError } from './operations/operation-types.ts';
import { createOperations } from './operations/executor.ts';
import { createOrigins, isLoopbackHost } from './http/origins.ts';
import { measureLoopDelay, watchOverload, type LoopDelay } from './guards/overload.ts';
import type { PersistedOperations } from './guards/persisted-operations.ts';
import { createTeamQuota } from './guards/team-quota.ts';
import { createRateLimits } from './guards/rate-limits.ts';
import { createTrace } from '../log/trace.ts';
import { createWebSockets } from './websocket/websocket.ts';

/** Everything the server is made of and does not make itself. */
export interface ServerOptions {
  readonly host: string;
  /** 0: a free one is picked. */
  readonly port: number;
  readonly schema: GraphQLSchema;
  /** What an operation may cost, beside the server's own limits. Default: anything. */
  readonly checkCost?: CheckCost;
  /** Subscription fields whose every event is a whole state: watchers share them, slow readers skip to the latest. */
  readonly stateSubscriptions: readonly string[];
  /** Called for every request and for every event of a subscription. */
  readonly contextFor: (caller: Caller) => object;
  readonly authenticate: Authenticate;
  readonly formatError: FormatError;
  /** GraphiQL, introspection and suggestions. */
  readonly explorer: boolean;
  /** Operations that callers may name instead of sending them. */
  readonly persisted: PersistedOperations;
  /** Refuse every other operation. */
  readonly persistedOnly: boolean;
  /** Folder of the `.graphql` files that fill the explorer's tabs; read when it is first shown. */
  readonly operationsFolder: string;
  /** Further origins for CORS and WebSockets, as browsers write them. */
  readonly allowedOrigins: readonly string[];
  /** Answer everything but /webhooks and /health only to clients that name this server by a loopback name. */
  readonly loopbackHostsOnly: boolean;
  /** Null: /webhooks does not exist. */
  readonly webhook: WebhookHandler | null;
  /** What /ready asks, besides draining. A rejection means no. */
  readonly ready: () => Promise<boolean>;
  /** What /ready tells beside its yes or no: what works less well than it should. Default: nothing ever does. */
  readonly degraded?: () => readonly string[];
  readonly log: Log;
  readonly clock: Clock;
  /** Default: that of this process. */
  readonly loopDelay?: LoopDelay;
  /** Bounds that differ from `serverLimits`. */
  readonly limits?: Partial<ServerLimits>;
  /** How long a drain lasts at least, in ms, so that whoever asks /ready from time to time sees its no. Default: 0. */
  readonly drainAtLeastMs?: number;
}

const UNAVAILABLE = '503 Service Unavailable';

/** A server that listens. */
export interface RunningServer {
  /** As in `http://127.0.0.1:4000`, without a path; GraphQL is at `/graphql`. */
  readonly url: string;
  readonly port: number;
  /**
   * /ready says no and new work is refused; running requests finish, WebSockets close with 1001, event streams end. After that,
   * or after `drainMs`, the server closes. Calling it again awaits the same drain.
   */
  drain(): Promise<void>;
  /** Cuts everything at once; resolves when nothing of the server is left. */
  close(): Promise<void>;
}

/** Starts to listen. Rejects when it cannot (the port is taken, the host unknown). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { authenticate, formatError, explorer, loopbackHostsOnly, log, clock } = options;
  const { drainAtLeastMs = 0 } = options;
  const limits: ServerLimits = { ...serverLimits, ...options.limits };
  const origins = createOrigins(options.allowedOrigins);
  const accessLog = createAccessLog(log);
  const documents = createDocuments({
    ...options,
    allowed: options.persistedOnly ? options.persisted : null,
    limits,
  });
  const rateLimits = createRateLimits(limits.rates, clock);
  const operations = createOperations({
    ...options,
    checkCost: options.checkCost ?? (() => {}),
    documents,
    rateLimits,
    accessLog,
    limits,
  });
  const fanout = createFanout((error) => [formatError(error, createTrace(log).report)]);
  const overload = watchOverload({
    loopDelay: options.loopDelay ?? measureLoopDelay(),
    clock,
    limits,
  });
  const parts = {
    operations,
    fanout,
    connections: createTeamQuota(limits.connectionsPerTeam),
    runningOperations: createTeamQuota(limits.operationsPerTeam),
    overload,
    authenticate,
    accessLog,
    origins,
    log,
    clock,
    limits,
  };
  const streams = createEventStreams(parts);
  const sockets = createWebSockets(parts);
  let draining: Promise<void> | null = null;

  const edge = createHttpEdge({
    ...options,
    origins,
    overload,
    limits,
    degraded: options.degraded ?? (() => []),
    graphql: createGraphqlRoute({
      ...parts,
      streams,
      explorerPage: explorer ? createExplorerPage(options.operationsFolder) : null,
    }),
    isDraining: () => draining !== null,
  });

  // The types are those of the oldest Node, which does not know `shouldUpgradeCallback` yet.
  const httpOptions: HttpServerOptions & { shouldUpgradeCallback: typeof wantsWebSocket } = {
    shouldUpgradeCallback: wantsWebSocket,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headBytes,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
  };
  const server = createServer(httpOptions);
  // Node would drop what is beyond 2,000 without a word; `headBytes` bounds them.
  server.maxHeadersCount = 0;
  server.setTimeout(limits.mutationMs + limits.silentMs);
  const active = new Set<ServerResponse>();
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    active.add(response);
    response.once('close', () => active.delete(response));
    if (draining !== null) response.shouldKeepAlive = false;
    edge(request, response);
  };
  server.on('request', take);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const isGraphql = request.url?.startsWith(GRAPHQL_PATH) === true;
    if (!isGraphql || mayContinue(request, limits)) response.writeContinue();
    take(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    const { host } = request.headers;
    const { drainRetrySeconds, overloadRetrySeconds } = limits;
    if (!wantsWebSocket(request)) ignoreUpgrade(server, request, connection, head);
    else if (draining !== null) refuseUpgrade(connection, UNAVAILABLE, drainRetrySeconds);
    else if (overload.shedding) refuseUpgrade(connection, UNAVAILABLE, overloadRetrySeconds);
    else if (loopbackHostsOnly && !isLoopbackHost(host)) refuseUpgrade(connection, '403 Forbidden');
    else if (request.url?.split('?')[0] !== GRAPHQL_PATH)
      refuseUpgrade(connection, '404 Not Found');
    else if (!origins.admits(request.headers)) refuseUpgrade(connection, '403 Forbidden');
    else sockets.accept(request, connection, head);
  });

  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    overload.stop();
    sockets.close();
    streams.close();
    throw error;
  }
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;

  const close = async (): Promise<void> => {
    draining ??= Promise.resolve();
    overload.stop();
    sockets.close();
    streams.close();
    const closed = server.listening ? once(server, 'close') : Promise.resolve();
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const finish = async (): Promise<void> => {
    // Their connections end with their answers, so that few are left to be cut in the middle of a next request.
    for (const response of active) response.shouldKeepAlive = false;
    const finished = Promise.all([
      sockets.drain(),
      streams.drain(),
      ...[...active].map((response) => once(response, 'close')),
    ]);
    let cancel = (): void => {};
    const tooLong = new Promise<void>((resolve) => {
      cancel = clock.after(limits.drainMs, resolve);
    });
    const seen = async (): Promise<void> => {
      if (drainAtLeastMs > 0) {
        await pause(clock, drainAtLeastMs);
      }
    };
    await Promise.race([Promise.all([finished, seen()]), tooLong]);
    cancel();
    await close();
  };

  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    port,
    drain: () => (draining ??= finish()),
    close,
  };
}

function refuseUpgrade(connection: Duplex, status: string, retryAfterSeconds?: number): void {
  connection.on('error', () => {});
  // The other side could keep a half-closed connection, and with it the server, open for ever.
  connection.once('finish', () => connection.destroy());
  const retry = retryAfterSeconds === undefined ? '' : `retry-after: ${retryAfterSeconds}\r\n`;
  connection.end(`HTTP/1.1 ${status}\r\n${retry}connection: close\r\ncontent-length: 0\r\n\r\n`);
}
