import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { readAccept } from './accept.ts';
import { answerErrors, answerJson, dropRest } from './respond.ts';
import type { GraphqlRoute } from './graphql-route.ts';
import type { ServerLimits } from '../limits.ts';
import type { FormatError } from '../operations/operation-types.ts';
import { isLoopbackHost, type Origins } from './origins.ts';
import type { Overload } from '../guards/overload.ts';
import { refusal } from '../operations/client-error.ts';
import { createTrace, type Trace } from '../../log/trace.ts';

/** The path of GraphQL on every transport. */
export const GRAPHQL_PATH = '/graphql';

/** Takes a callback of AKOOL's. `token` is the last part of its path: letters, digits, `-` and `_`, unchecked otherwise. */
export type WebhookHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
) => Promise<void>;

/** Takes every HTTP request of the server. */
export type HttpEdge = (request: IncomingMessage, response: ServerResponse) => void;

/** What routes and the checks before them need. */
export interface EdgeParts {
  readonly graphql: GraphqlRoute;
  /** Null: the route does not exist. */
  readonly webhook: WebhookHandler | null;
  /** True: able to serve. */
  readonly ready: () => Promise<boolean>;
  readonly degraded: () => readonly string[];
  readonly isDraining: () => boolean;
  /** New work is not taken now. */
  readonly overload: Overload;
  readonly origins: Origins;
  readonly loopbackHostsOnly: boolean;
  /** Whether there is an explorer to send browsers to. */
  readonly explorer: boolean;
  readonly formatError: FormatError;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: ServerLimits;
}

const JSON_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Routes, and what every answer has in common: security headers, a request id, and an answer even to the unexpected. */
export function createHttpEdge(parts: EdgeParts): HttpEdge {
  const { graphql, webhook, isDraining, overload, origins, loopbackHostsOnly } = parts;
  const { formatError, log, clock, limits } = parts;

  const refuse = (
    response: ServerResponse,
    status: number,
    ...[code, message, details]: Parameters<typeof refusal>
  ): void => {
    const retry = details?.retryAfterSeconds;
    answerErrors(
      response,
      status,
      [refusal(code, message, details)],
      retry === undefined ? {} : { 'retry-after': String(retry) },
    );
    dropRest(response.req, clock, limits.lingerMs);
  };

  const answerReady = async (response: ServerResponse): Promise<void> => {
    const ready = !isDraining() && (await inTime(parts.ready(), clock, limits.readyMs));
    answerJson(response, ready ? 200 : 503, JSON.stringify({ ready, degraded: parts.degraded() }));
  };

  const routeGraphql = async (
    request: IncomingMessage,
    response: ServerResponse,
    search: string,
    trace: Trace,
  ): Promise<void> => {
    // First, since a page of an allowed origin cannot read even a refusal without it.
    if (addCors(request, response, origins)) return undefined;
    if (overload.shedding) {
      return refuse(response, 503, 'UNAVAILABLE', 'The gateway is overloaded.', {
        retryAfterSeconds: limits.overloadRetrySeconds,
      });
    }
    if (isDraining()) {
      return refuse(response, 503, 'UNAVAILABLE', 'The gateway is going away.', {
        retryAfterSeconds: limits.drainRetrySeconds,
      });
    }
    return graphql(request, response, { search, trace });
  };

  const route = async (
    request: IncomingMessage,
    response: ServerResponse,
    trace: Trace,
  ): Promise<void> => {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);

    if (path === '/health') return answerJson(response, 200, '{"alive":true}');
    const token = /^\/webhooks\/akool\/([\w-]{1,200})$/.exec(path)?.[1];
    if (token !== undefined && webhook !== null) return webhook(request, response, token);
    if (path.startsWith('/webhooks/')) {
      return refuse(response, 404, 'NOT_FOUND', 'There is nothing here.');
    }
    if (loopbackHostsOnly && !isLoopbackHost(request.headers.host)) {
      const message =
        'Callers need no credential here, so only localhost, 127.0.0.1 and [::1] are answered. ' +
        'Set caller credentials to serve other names.';
      return refuse(response, 403, 'BAD_REQUEST', message);
    }
    if (path === '/ready') return answerReady(response);
    if (path === GRAPHQL_PATH) {
      return routeGraphql(request, response, mark === -1 ? '' : url.slice(mark + 1), trace);
    }
    if (path === '/' && parts.explorer && readAccept(request.headers.accept).page) {
      response.writeHead(302, { location: GRAPHQL_PATH }).end();
      return undefined;
    }
    return refuse(response, 404, 'NOT_FOUND', 'There is nothing here. GraphQL is at /graphql.');
  };

  return (request, response) => {
    const trace = createTrace(log);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('x-frame-options', 'DENY');
    response.setHeader('content-security-policy', JSON_POLICY);
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-request-id', trace.requestId);
    route(request, response, trace).catch((error: unknown) => {
      answerErrors(response, 500, [formatError(error, trace.report)]);
      dropRest(request, clock, limits.lingerMs);
    });
  };
}

/**
 * CORS for the allowed origins: exactly the origin that asks, never with cookies. True: it was the browser's question beforehand,
 * and is answered. The gateway's own pages need none of it.
 */
function addCors(request: IncomingMessage, response: ServerResponse, origins: Origins): boolean {
  const { origin } = request.headers;
  response.setHeader('vary', 'origin');
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
