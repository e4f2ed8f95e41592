import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * CORS for pages of allowed origins, and of the gateway's own, which may be reached by another name
 * than links have. Returns true for a preflight, already answered.
 */
export function addFileCors(
  request: IncomingMessage,
  response: ServerResponse,
  methods: readonly string[],
  isAllowedOrigin: (origin: string) => boolean,
): boolean {
  const { origin } = request.headers;
  response.setHeader('vary', 'origin');
  const isAllowed = origin !== undefined && isAllowedOrigin(origin);
  if (isAllowed) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader(
      'access-control-expose-headers',
      'accept-ranges, content-range, content-length, retry-after, x-request-id',
    );
  }
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(204, {
    ...(isAllowed && {
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'content-type, range',
      'access-control-max-age': '7200',
    }),
  });
  response.end();
  return true;
}
