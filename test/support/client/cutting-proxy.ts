import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** Stands between a client and a gateway, and cuts the first stream, of events or of parts, after its first payload. */
export interface CuttingProxy {
  readonly url: string;
  /** The variables of every subscription that began through it. */
  readonly variables: readonly unknown[];
  close(): void;
}

/** `clean`: the response ends as if it were whole. `broken`: the connection is reset. */
export async function startCuttingProxy(
  target: string,
  how: 'clean' | 'broken',
): Promise<CuttingProxy> {
  const variables: unknown[] = [];
  const server = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      variables.push(JSON.parse(body).variables);
      const isFirst = variables.length === 1;
      const { method, headers, url } = incoming;
      const onward = request(`${target}${url}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, {
          'content-type': answer.headers['content-type'] ?? '',
        });
        if (!isFirst) {
          answer.pipe(outgoing);
          return;
        }
        answer.on('data', (chunk: Buffer) => {
          outgoing.write(chunk);
          if (!/event: next|"payload":\{/.test(chunk.toString())) return;
          onward.destroy();
          if (how === 'clean') outgoing.end();
          else outgoing.write('', () => outgoing.destroy());
        });
        answer.on('error', () => undefined);
      });
      onward.on('error', () => undefined);
      outgoing.on('close', () => onward.destroy());
      onward.end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('It has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    variables,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
