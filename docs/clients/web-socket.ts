import { createClient, type Client } from 'graphql-ws';
import { shouldRetry } from 'head-swap-client/over-web-socket';

/** One WebSocket for all subscriptions of a page. `freshToken` is asked for each time it connects. */
export function createSocket(url: string, freshToken: () => Promise<string>): Client {
  return createClient({
    url: url.replace(/^http/, 'ws'),
    connectionParams: async () => ({ authorization: `Bearer ${await freshToken()}` }),
    retryAttempts: Infinity,
    shouldRetry,
    // A connection that died without a word is noticed after 15 to 30 seconds.
    keepAlive: 15_000,
  });
}
