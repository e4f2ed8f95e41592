import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The figures in Prometheus' text format. */
export type ReadMetrics = () => Promise<{ readonly contentType: string; readonly body: string }>;

/** Answers `GET /metrics`; false: for this caller the route does not exist. */
export type MetricsRoute = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * `token`: what a scraper presents as a bearer; null: nobody may read here but by a loopback name, where callers need no credential
 * either (`isOpen`).
 */
export function createMetricsRoute(
  read: ReadMetrics,
  { token, isOpen }: { readonly token: string | null; readonly isOpen: boolean },
): MetricsRoute {
  return async ({ headers, method }, response) => {
    const mayRead = token === null ? isOpen : isBearer(headers.authorization, token);
    if (!mayRead || (method !== 'GET' && method !== 'HEAD')) return false;
    const { contentType, body } = await read();
    response.writeHead(200, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
    });
    response.end(method === 'HEAD' ? undefined : body);
    return true;
  };
}

/** In a time that tells nothing of how near a guess was. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const presented = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(presented), digest(token));
}
