import { Client, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';

/** A forward proxy on the way out. */
export interface ForwardProxy {
  /** http or https; may carry a user and a password. */
  readonly url: string;
  /** What is asked without it, as in NO_PROXY; empty: nothing. */
  readonly except: string;
}

/** How connections to one origin are made. */
export interface ConnectionOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Null: there is none. */
  readonly proxy: ForwardProxy | null;
  /** The most at a time. */
  readonly most: number;
  /** How long one may take to be made, TLS included. */
  readonly connectTimeoutMs: number;
}

/**
 * Connections to one origin; none is made before it is needed. A proxy is asked for a tunnel, for
 * http too: so it never sees a request, and what is known of when one is written holds behind a
 * proxy as well.
 */
export function createConnections(options: ConnectionOptions): Dispatcher {
  const { origin, proxy, most, connectTimeoutMs } = options;
  const http = {
    connections: most,
    pipelining: 1,
    allowH2: false,
    connectTimeout: connectTimeoutMs,
    // Idle timeouts: a slow drip passes them. One deadline over the whole answer does their work.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  if (proxy === null) return most === 1 ? new Client(origin, http) : new Pool(origin, http);
  return new EnvHttpProxyAgent({
    ...http,
    httpProxy: proxy.url,
    httpsProxy: proxy.url,
    noProxy: proxy.except,
    proxyTunnel: true,
    requestTls: { timeout: connectTimeoutMs },
    proxyTls: { timeout: connectTimeoutMs },
    clientFactory: (url, given) =>
      new TunnelPool(url, { ...given, headersTimeout: connectTimeoutMs }),
  });
}

/** Connections to the proxy itself. */
class TunnelPool extends Pool {
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback?: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): Promise<Dispatcher.ConnectData> | void {
    if (callback !== undefined) return super.connect(options, callback);
    return super.connect(options).catch((error: unknown) => {
      throw new TunnelError(error);
    });
  }
}

/**
 * The proxy broke off. undici's own error for that makes it try again at once, for as long as
 * somebody waits.
 */
class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code = 'PROXY_BROKE_OFF';

  constructor(cause: unknown) {
    super('The proxy broke off', { cause });
  }
}
