import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tracer } from '../../runtime/tracing/tracer.ts';

/**
 * Takes a request in a span of its own. `take` gets what ends it, for a response that stays open.
 */
export type TraceRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  take: (endSpan: EndSpan) => void,
) => void;

/** The answer has begun to be given, whenever it will end. Calling it again does nothing. */
export type EndSpan = () => void;

/** Routes by how their paths begin. What comes behind is a token, and told to nobody. */
const ROUTES = [
  ['/webhooks/akool/', '/webhooks/akool/{token}'],
  ['/uploads/', '/uploads/{token}'],
  ['/media/', '/media/{token}/{name}'],
] as const;

const GRAPHQL = '/graphql';

/** Asked for every few seconds by machines, and of no interest to anybody. */
const UNTRACED = new Set(['/health', '/ready', '/metrics']);

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

const nothing: EndSpan = () => undefined;

/**
 * Spans as the semantic conventions for HTTP servers have them; the path is the route, since
 * whatever else is in one opens something. A trace that the sender names goes on.
 */
export function createRequestSpans(tracer: Tracer): TraceRequest {
  if (!tracer.isOn) return (_request, _response, take) => take(nothing);
  return (request, response, take) => {
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    if (UNTRACED.has(path)) {
      take(nothing);
      return;
    }
    const route =
      path === GRAPHQL ? GRAPHQL : ROUTES.find(([start]) => path.startsWith(start))?.[1];
    const method = METHODS.has(request.method ?? '') ? String(request.method) : '_OTHER';
    const named = method === '_OTHER' ? 'HTTP' : method;
    const span = tracer.begin({
      name: route === undefined ? named : `${named} ${route}`,
      kind: 'server',
      below: tracer.placeIn(request.headers),
      attributes: {
        'http.request.method': method,
        'url.scheme': 'http',
        'network.protocol.version': request.httpVersion,
        ...(route !== undefined && { 'http.route': route, 'url.path': route }),
      },
    });
    const end = (): void => {
      response.off('close', end);
      const { statusCode, headersSent } = response;
      if (!headersSent) span.fail('connection_lost');
      else span.set({ 'http.response.status_code': statusCode });
      if (headersSent && statusCode >= 500) span.fail(String(statusCode));
      span.end();
    };
    response.once('close', end);
    span.run(() => take(end));
  };
}
