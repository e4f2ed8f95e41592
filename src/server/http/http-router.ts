import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { readAccept } from '../accept.ts';
import type { GatewayResponse } from './gateway-response.ts';
import { statusOf } from './error-fate.ts';
import { answerError, answerJson, dropRest } from './json-answers.ts';
import type { FileRoutes } from './files/file-routes.ts';
import { asksVerbosely, type OperatorRoutes } from './operators/operator-routes.ts';
import type { ServerLimits } from '../limits.ts';
import type { FormatError } from '../operation.ts';
import type { WebhookHandler } from './webhook-route.ts';
import type { GraphqlRoute } from '../operation-context.ts';
import { isLoopbackHost, LOOPBACK_ONLY, type Origins } from './origins.ts';
import { clientError } from '../client-error.ts';
import { createRequestTrace, type RequestTrace } from '../../log/request-trace.ts';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
import { createRequestSpans, type EndSpan } from '../tracing/request-spans.ts';
import { parseUrl } from '../../runtime/urls.ts';

/** The path of GraphQL on every transport. */
export const GRAPHQL_PATH = '/graphql';

/** Takes every HTTP request of the server. */
export type HttpRouter = (request: IncomingMessage, response: GatewayResponse) => void;

/** What routes and the checks before them need. */
export interface HttpRouterParts {
  readonly graphql: GraphqlRoute;
  /** Null: the route does not exist. */
  readonly webhook: WebhookHandler | null;
  /** Uploads and downloads. Null: there are none. */
  readonly files: FileRoutes | null;
  /** What operators read. Null: nothing. */
  readonly operators: OperatorRoutes | null;
  /** True: able to serve. */
  readonly ready: () => Promise<boolean>;
  readonly degraded: () => readonly string[];
  readonly isDraining: () => boolean;
  readonly origins: Origins;
  readonly loopbackHostsOnly: boolean;
  /** Whether there is an explorer to send browsers to. */
  readonly explorer: boolean;
  readonly formatError: FormatError;
  readonly tracer: Tracer;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

/** What nearly every client sends, told without making a URL. */
const PLAIN_HOST = /^[a-z\d.-]+(?::\d{1,5})?$/i;

const LOST_UPGRADE =
  'A WebSocket handshake came without its Upgrade: the proxy in front did not pass on the headers Upgrade and Connection. See docs/behind-a-proxy.md.';

/**
 * What every answer has, whatever it is; a route may say something else. A list of its full length
 * at once, since there is one for each request.
 */
const commonHeaders = (requestId: string): OutgoingHttpHeader[] => [
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'x-frame-options',
  'DENY',
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
  'cache-control',
  'no-store',
  'vary',
  'origin',
  'x-request-id',
  requestId,
];

/**
 * Routes, and what every answer has in common: security headers, a request id, and an answer even
 * to the unexpected.
 */
export function createHttpRouter(parts: HttpRouterParts): HttpRouter {
  const { graphql, webhook, files, operators, origins, loopbackHostsOnly } = parts;
  const { formatError, log, clock, limits } = parts;
  const traceRequest = createRequestSpans(parts.tracer);

  const refuse = (
    response: ServerResponse,
    status: number,
    ...error: Parameters<typeof clientError>
  ): void => {
    answerError(response, status, clientError(...error).told);
    dropRest(response.req, clock, limits.lingerMs);
  };

  let toldOfHandshake = false;
  const refuseHandshake = (response: ServerResponse): void => {
    if (!toldOfHandshake) log.warn({}, LOST_UPGRADE);
    toldOfHandshake = true;
    answerError(response, 426, clientError('BAD_REQUEST', LOST_UPGRADE).told, {
      upgrade: 'websocket',
      connection: 'upgrade',
    });
  };

  const route = async (
    request: IncomingMessage,
    response: GatewayResponse,
    trace: RequestTrace,
    endSpan: EndSpan,
  ): Promise<void> => {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);

    if (path === '/health') return answerJson(response, 200, '{"alive":true}');
    if (path.startsWith('/webhooks/')) {
      const token = /^\/webhooks\/akool\/([\w-]{1,200})$/.exec(path)?.[1];
      if (token !== undefined && webhook !== null) return webhook(request, response, token);
      return refuse(response, 404, 'NOT_FOUND', 'There is nothing here.');
    }
    if (path !== GRAPHQL_PATH && files !== null && (await files(request, response, path))) {
      return undefined;
    }
    if (loopbackHostsOnly && !isLoopbackHost(request.headers.host)) {
      return refuse(response, 403, 'BAD_REQUEST', LOOPBACK_ONLY);
    }
    const search = mark === -1 ? '' : url.slice(mark + 1);
    if (path === '/metrics' && operators?.mayRead(request) === true) {
      return operators.answerMetrics(request, response);
    }
    if (path === '/ready') return answerReady(request, response, search, parts);
    if (path === GRAPHQL_PATH) {
      if (lostUpgrade(request)) return refuseHandshake(response);
      // First, since a page of an allowed origin cannot read even a refusal without it.
      if (addCors(request, response, origins)) return undefined;
      if (!isUrlHost(request.headers.host)) {
        return refuse(response, 400, 'BAD_REQUEST', 'The Host header is no host of a URL.');
      }
      await graphql(request, response, { search, trace, endSpan });
      return dropRest(request, clock, limits.lingerMs);
    }
    if (path === '/' && parts.explorer && readAccept(request.headers.accept).page) {
      response.writeHead(302, { location: GRAPHQL_PATH }).end();
      return undefined;
    }
    return refuse(response, 404, 'NOT_FOUND', 'There is nothing here. GraphQL is at /graphql.');
  };

  return (request, response) => {
    const trace = createRequestTrace(log);
    response.common = commonHeaders(trace.requestId);
    traceRequest(request, response, (endSpan) => {
      route(request, response, trace, endSpan).catch((error: unknown) => {
        const told = formatError(error, trace.report);
        answerError(response, statusOf(told) ?? 500, told);
        dropRest(request, clock, limits.lingerMs);
      });
    });
  };
}

async function answerReady(
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
  { isDraining, ready, degraded, operators, clock, limits }: HttpRouterParts,
): Promise<void> {
  const isReady = !isDraining() && (await inTime(ready(), clock, limits.readyMs));
  if (asksVerbosely(search) && operators?.mayRead(request) === true) {
    return operators.answerStatus(response, isReady);
  }
  const told = { ready: isReady, degraded: degraded() };
  return answerJson(response, isReady ? 200 : 503, JSON.stringify(told));
}

/**
 * CORS for the allowed origins: exactly the origin that asks, never with cookies. True: it was the
 * browser's question beforehand, and is answered. The gateway's own pages need none of it.
 */
function addCors(request: IncomingMessage, response: GatewayResponse, origins: Origins): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !origins.isAllowed(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'retry-after, x-request-id');
  if (request.method !== 'OPTIONS') return false;
  response
    .writeHead(204, {
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': 'content-type, authorization, x-api-key',
      'access-control-max-age': '7200',
    })
    .end();
  return true;
}

/** What `answer` says, or false when it says nothing in time or fails. */
async function inTime(
  answer: Promise<boolean>,
  clock: Clock,
  milliseconds: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(milliseconds, () => resolve(false));
    answer.then(resolve, () => resolve(false)).finally(cancel);
  });
}

/** A handshake that a proxy took the asking from: everything else of it is there. */
function lostUpgrade({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers['sec-websocket-key'] !== undefined;
}

/** Yoga makes a URL of it. */
function isUrlHost(host: string | undefined): boolean {
  return host === undefined || PLAIN_HOST.test(host) || parseUrl(`http://${host}`) !== null;
}
