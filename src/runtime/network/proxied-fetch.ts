import { fetch } from 'undici';
import { createConnections, type ForwardProxy } from './connections.ts';

/** A `fetch` for what is not AKOOL, through a forward proxy if there is one. */
export interface ProxiedFetch {
  /**
   * Gets a text, redirects not followed. Resolves to the platform's own kind of response; headers
   * are left out.
   */
  readonly fetch: (url: string, options: ReadOptions) => Promise<Response>;
  /** Closes its connections, once running requests have ended. */
  close(): Promise<void>;
}

/** What a read may ask for. */
export interface ReadOptions {
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/** More than anybody needs who asks for keys now and then. */
const MOST_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5_000;

/** A `fetch` for URLs of one origin. */
export function createProxiedFetch(origin: string, proxy: ForwardProxy | null): ProxiedFetch {
  const options = { origin, proxy, connectTimeoutMs: CONNECT_TIMEOUT_MS };
  const dispatcher = createConnections(options, MOST_CONNECTIONS);
  return {
    async fetch(url, { headers, signal }) {
      const sent = { headers: Object.fromEntries(headers), signal, redirect: 'manual' } as const;
      const answer = await fetch(url, { ...sent, dispatcher });
      const text = await answer.text();
      return new Response(answer.ok ? text : null, { status: answer.status });
    },
    close: () => dispatcher.close(),
  };
}
