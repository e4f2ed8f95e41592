import { createServer } from 'node:http';
import { port } from './support/environment.ts';

/** The limit: constant JSON by path, after the body was read. The constants arrive as `PUT <path>`. */

const constants = new Map<string, string>();

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const path = request.url ?? '';
    if (request.method === 'PUT') constants.set(path, Buffer.concat(chunks).toString());
    const body = constants.get(path) ?? '{}';
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}).listen(port, '127.0.0.1');
