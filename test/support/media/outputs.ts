import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** AKOOL's origin with its outputs: below /outputs/ a test answers, everything else is the upstream's. */
export interface OriginWithOutputs {
  readonly url: string;
  stop(): void;
}

/** Starts one on loopback, in front of `upstream`. */
export async function startOutputs(
  upstream: { readonly url: string },
  answer: RequestListener,
): Promise<OriginWithOutputs> {
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/outputs/') === true) {
      answer(incoming, response);
      return;
    }
    const { method, headers } = incoming;
    const onward = request(new URL(incoming.url ?? '/', upstream.url), { method, headers });
    onward.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
