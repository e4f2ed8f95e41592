import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileAnswer } from './file-answer.ts';
import { readRange } from './read-range.ts';

const HTML = '<html><head><title>Video</title></head><body>The video is not here.</body></html>\n';

/** Answers a GET or HEAD for a file. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  answer: FileAnswer,
): void {
  switch (answer.kind) {
    case 'file':
      return sendBytes(request, response, answer);
    case 'redirect':
      return void response.writeHead(302, { location: answer.location }).end();
    case 'forbidden':
      return void response.writeHead(403, { 'content-type': 'text/plain' }).end('Forbidden\n');
    case 'html':
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
    case 'expired':
      return void response.writeHead(410, { 'content-type': 'text/plain' }).end('Expired\n');
  }
}

/** Sends the file or, for a GET, the part of it that was asked for. */
function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  { asset: { bytes, etag }, type, cors, truncated }: Extract<FileAnswer, { kind: 'file' }>,
): void {
  const { range, 'if-range': ifRange } = request.headers;
  const wanted =
    request.method === 'GET' && (ifRange === undefined || ifRange === etag)
      ? readRange(range, bytes.length)
      : ({ kind: 'whole' } as const);
  const headers = {
    'accept-ranges': 'bytes',
    etag,
    ...(cors && { 'access-control-allow-origin': '*' }),
  };
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
  if (request.method === 'HEAD') response.end();
  else if (!truncated) response.end(part);
  else response.write(part.subarray(0, part.length / 2), () => response.destroy());
}
