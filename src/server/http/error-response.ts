import type { FetchAPI } from 'graphql-yoga';
import type { ClientError } from '../client-error.ts';

/** An answer with one error, in the shape of a GraphQL answer, for what is refused before it is one. */
export function errorResponse(
  { Response }: Pick<FetchAPI, 'Response'>,
  status: number,
  { told }: ClientError,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return jsonResponse({ Response }, status, JSON.stringify({ errors: [told] }), {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
}

/** An answer with this JSON. The headers are of this answer alone: they are kept, and changed. */
export function jsonResponse(
  { Response }: Pick<FetchAPI, 'Response'>,
  status: number,
  body: string,
  headers: Record<string, string>,
): Response {
  headers['content-length'] = String(Buffer.byteLength(body));
  return new Response(body, { status, headers });
}
