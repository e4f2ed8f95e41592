import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { repeat } from '../../runtime/clock.ts';
import { UPLOADS_PATH } from './files/file-routes.ts';
import type { ServerLimits } from '../limits.ts';
import { createLoadRefusal, type LoadRefusal, type Overload } from '../load/overload.ts';
import { clientError, type ClientError } from '../client-error.ts';
import { mayContinue } from './body.ts';
import {
  answerBrokenRequests,
  refuseConnection,
  refuseSlow,
} from './connections/broken-requests.ts';
import { createHttpRouter, GRAPHQL_PATH, type HttpRouterParts } from './http-router.ts';
import { GatewayResponse } from './gateway-response.ts';
import { ignoreUpgrade, wantsWebSocket } from './connections/ignore-upgrade.ts';
import {
  createOrigins,
  foreignOrigin,
  isLoopbackHost,
  LOOPBACK_ONLY,
  type Origins,
} from './origins.ts';
import { normaliseTarget, routeName, type RouteName } from './request-target.ts';

/** What the HTTP server is made of. */
export interface HttpServerParts extends Omit<HttpRouterParts, 'origins'> {
  /** Further origins for CORS and WebSockets, as browsers write them. */
  readonly allowedOrigins: readonly string[];
  readonly overload: Overload;
  /** Is told of every response that was given, or broke off. */
  readonly onResponse: (route: RouteName, status: number) => void;
  /** Takes a connection that is to become a WebSocket. */
  readonly acceptWebSocket: (request: IncomingMessage, connection: Duplex, head: Buffer) => void;
}

/**
 * Node's HTTP server with the router behind it: bounds, "100 Continue", upgrades, and the answers
 * that are under way.
 */
export interface GatewayHttpServer {
  /** Resolves to the port. Rejects when it cannot listen (the port is taken, the host unknown). */
  listen(port: number, host: string): Promise<number>;
  /** Resolves when every answer that is under way is given. Their connections end with them. */
  finish(): Promise<void>;
  /** Cuts everything at once; resolves when nothing is left. */
  close(): Promise<void>;
}

/** How often to look for slow requests, in milliseconds. */
const LOOK_MS = 5_000;

/**
 * Connections that the system keeps until they are accepted, where it allows so many (Linux by
 * default as many). Of watchers that come back at once, those beyond them try again only after 1,
 * 3, 7 and 15 seconds: so TCP repeats an opening that was dropped. Node's default is 511.
 */
const BACKLOG = 4_096;

/** A server that does not listen yet. */
export function createHttpServer(parts: HttpServerParts): GatewayHttpServer {
  const { isDraining, clock, limits } = parts;
  const origins = createOrigins(parts.allowedOrigins);
  const router = createHttpRouter({ ...parts, origins });
  const loadRefusal = createLoadRefusal(parts);
  const server = bareServer(limits);
  const active = new Map<GatewayResponse, number>();
  const stopCutting = cutSlowRequests(active, parts);
  const take = (request: IncomingMessage, response: GatewayResponse): void => {
    active.set(response, clock.now());
    normaliseTarget(request);
    const route = routeName(request.url);
    response.on('close', () => {
      active.delete(response);
      parts.onResponse(route, response.statusCode);
    });
    if (isDraining()) response.shouldKeepAlive = false;
    router(request, response);
  };
  answerBrokenRequests(server, active, limits);
  server.on('request', take);
  server.on('checkContinue', (request: IncomingMessage, response: GatewayResponse) => {
    normaliseTarget(request);
    const isGraphql = request.url?.startsWith(GRAPHQL_PATH) === true;
    if (!isGraphql || mayContinue(request, limits.bodyBytes)) response.writeContinue();
    take(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, connection: Duplex, head: Buffer) => {
    if (!wantsWebSocket(request)) {
      ignoreUpgrade(server, request, connection, head);
      return;
    }
    normaliseTarget(request);
    const refusal = refusalOfUpgrade(request, parts.loopbackHostsOnly, origins, loadRefusal);
    if (refusal === null) parts.acceptWebSocket(request, connection, head);
    else refuseConnection(connection, refusal.status, refusal.error);
  });

  return {
    async listen(port, host) {
      server.listen(port, host, BACKLOG);
      await once(server, 'listening');
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async finish() {
      // Their connections end with their answers, so that few are left to be cut in the middle of a
      // next request.
      for (const response of active.keys()) response.shouldKeepAlive = false;
      await Promise.all([...active.keys()].map((response) => once(response, 'close')));
    },
    async close() {
      stopCutting();
      const closed = server.listening ? once(server, 'close') : Promise.resolve();
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type BareServer = Server<typeof IncomingMessage, typeof GatewayResponse>;

function bareServer(limits: ServerLimits): BareServer {
  // The types are those of the oldest Node, which does not know `shouldUpgradeCallback` yet.
  const options: ServerOptions<typeof IncomingMessage, typeof GatewayResponse> & {
    shouldUpgradeCallback: typeof wantsWebSocket;
  } = {
    ServerResponse: GatewayResponse,
    shouldUpgradeCallback: wantsWebSocket,
    headersTimeout: limits.headersMs,
    // Bodies are bounded by cutSlowRequests: Node knows one time for all.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headBytes,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
  };
  const server = createServer(options);
  // Node would drop what is beyond 2,000 without a word; `headBytes` bounds them.
  server.maxHeadersCount = 0;
  // Whoever has said all may still listen: a mutation's answer must not be lost. The types do not
  // know it.
  Object.assign(server, { httpAllowHalfOpen: true });
  return server;
}

/**
 * Cuts requests that take longer than `requestMs` to arrive, again and again, as Node does with its
 * own time limit. A file on its way in may take as long as its place is open, as long as it moves.
 * What is under way when it looks is also cut where nothing moves for longer than work may take.
 */
function cutSlowRequests(
  active: ReadonlyMap<GatewayResponse, number>,
  { clock, limits }: HttpServerParts,
): () => void {
  const cutMs = limits.mutationMs + limits.silentMs;
  return repeat({
    clock,
    everyMs: Math.min(limits.headersMs, LOOK_MS),
    work: async () => {
      const before = clock.now() - limits.requestMs;
      for (const [{ req, headersSent }, startedAt] of active) {
        // Only now: nearly all requests are over before, and need no timer of their own.
        if (req.socket.timeout !== cutMs) req.socket.setTimeout(cutMs);
        const isFile = req.url?.startsWith(UPLOADS_PATH) === true;
        if (req.complete || isFile || startedAt > before) continue;
        req.socket.setTimeout(limits.lingerMs);
        if (headersSent) req.socket.destroy();
        else refuseSlow(req.socket, 'body', limits.requestMs);
      }
    },
    onError: () => {},
  });
}

interface UpgradeRefusal {
  readonly status: number;
  /** For whoever looks at the answer with a tool; browsers show none. */
  readonly error: ClientError;
}

/** Why a connection may not become a WebSocket, or null. */
function refusalOfUpgrade(
  { url, headers }: IncomingMessage,
  loopbackHostsOnly: boolean,
  origins: Origins,
  loadRefusal: LoadRefusal,
): UpgradeRefusal | null {
  const refuse = (status: number, ...error: Parameters<typeof clientError>): UpgradeRefusal => ({
    status,
    error: clientError(...error),
  });
  const unavailable = loadRefusal();
  if (unavailable !== null) return { status: 503, error: unavailable };
  if (loopbackHostsOnly && !isLoopbackHost(headers.host)) {
    return refuse(403, 'BAD_REQUEST', LOOPBACK_ONLY);
  }
  if (url?.split('?')[0] !== GRAPHQL_PATH)
    return refuse(404, 'NOT_FOUND', 'WebSockets are taken at /graphql.');
  return origins.admits(headers) ? null : refuse(403, 'BAD_REQUEST', foreignOrigin(headers));
}
