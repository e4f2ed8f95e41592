import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Asset } from './assets.ts';
import { readRange } from './read-range.ts';

/** Answers a GET or HEAD with a file, or the part of it that was asked for. */
export function sendFile(request: IncomingMessage, response: ServerResponse, file: Asset): void {
  const { range, 'if-range': ifRange } = request.headers;
  const { bytes, etag, type } = file;
  const wanted =
    request.method === 'GET' && (ifRange === undefined || ifRange === etag)
      ? readRange(range, bytes.length)
      : ({ kind: 'whole' } as const);
  // Pages of another origin may fetch and save it, as they may from a storage bucket.
  const headers = { 'accept-ranges': 'bytes', etag, 'access-control-allow-origin': '*' };
  if (wanted.kind === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const part = wanted.kind === 'part' ? bytes.subarray(wanted.start, wanted.end + 1) : bytes;
  response.writeHead(wanted.kind === 'part' ? 206 : 200, {
    ...headers,
    'content-type': type,
    'content-length': part.length,
    ...(wanted.kind === 'part' && {
      'content-range': `bytes ${wanted.start}-${wanted.end}/${bytes.length}`,
    }),
  });
  response.end(request.method === 'HEAD' ? undefined : part);
}
