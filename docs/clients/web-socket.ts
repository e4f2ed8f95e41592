import { createClient, type Client } from 'graphql-ws';
import { shouldRetry } from 'head-swap-client/over-web-socket';

/** One WebSocket for all subscriptions of a page. `freshToken` is asked for each time it connects. */
export function createSocket(
  url: string,
  freshToken: () => Promise<string>,
  pingMilliseconds = 15_000,
): Client {
  let silence: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${await freshToken()}` }),
    retryAttempts: Infinity,
    shouldRetry,
    keepAlive: pingMilliseconds,
    on: {
      // A connection that died without a word, as a phone's does, is noticed by the pong that is missing.
      ping(received) {
        if (!received) silence = setTimeout(() => client.terminate(), pingMilliseconds);
      },
      pong(received) {
        if (received) clearTimeout(silence);
      },
      closed: () => clearTimeout(silence),
    },
  });
  return client;
}
