import { createSecureContext } from 'node:tls';
import { buildConnector, Client, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';

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
  /** How long one may take to be made, TLS included. */
  readonly connectTimeoutMs: number;
}

const HTTP = {
  pipelining: 1,
  allowH2: false,
  // Idle timeouts: a slow drip passes them. One deadline over the whole answer does their work.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/**
 * At most so many connections to one origin; none is made before it is needed. A proxy is asked for
 * a tunnel, for http too: so it never sees a request, and what is known of when one is written
 * holds behind a proxy as well.
 */
export function createConnections(
  { origin, proxy, connectTimeoutMs }: ConnectionOptions,
  most: number,
): Dispatcher {
  const http = { connections: most, connectTimeout: connectTimeoutMs, ...HTTP };
  return proxy === null ? new Pool(origin, http) : createTunnels(http, { proxy, connectTimeoutMs });
}

/**
 * A way to make connections to one origin, each a dispatcher of its own. Those over TLS share the
 * context that they are made in, unless they go through a proxy. None resumes another's session:
 * some servers, and what stands before them, break such a handshake off.
 */
export function createSingleConnections(options: ConnectionOptions): () => Dispatcher {
  const { origin, proxy, connectTimeoutMs } = options;
  if (proxy !== null) return () => createConnections(options, 1);
  const connect = buildConnector({
    allowH2: false,
    timeout: connectTimeoutMs,
    maxCachedSessions: 0,
    ...(origin.startsWith('https:') && { secureContext: createSecureContext() }),
  });
  return () => new Client(origin, { connect, ...HTTP });
}

/** How tunnels through a proxy are made. */
export interface TunnelOptions {
  readonly proxy: ForwardProxy;
  /** How long one may take to be made, TLS included. */
  readonly connectTimeoutMs: number;
  /**
   * Where the proxy is to make the tunnel to, given the `host:port` that is asked. What it throws
   * is what the request fails with. Not given: to what is asked.
   */
  readonly placeOf?: (asked: string) => Promise<string>;
}

/**
 * Connections to any origin through tunnels. `agent`: what also holds for what goes past the proxy.
 */
export function createTunnels(
  agent: EnvHttpProxyAgent.Options,
  { proxy, connectTimeoutMs, placeOf = (asked) => Promise.resolve(asked) }: TunnelOptions,
): Dispatcher {
  return new EnvHttpProxyAgent({
    ...agent,
    httpProxy: proxy.url,
    httpsProxy: proxy.url,
    noProxy: proxy.except,
    proxyTunnel: true,
    requestTls: { timeout: connectTimeoutMs },
    proxyTls: { timeout: connectTimeoutMs },
    clientFactory: (url, given) =>
      new TunnelPool(url, { ...given, headersTimeout: connectTimeoutMs }, placeOf),
  });
}

/** Connections to the proxy itself. */
class TunnelPool extends Pool {
  readonly #placeOf: (asked: string) => Promise<string>;

  constructor(proxy: URL, options: Pool.Options, placeOf: (asked: string) => Promise<string>) {
    super(proxy, options);
    this.#placeOf = placeOf;
  }

  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void;
  override connect(
    options: Dispatcher.ConnectOptions,
    callback?: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): Promise<Dispatcher.ConnectData> | void {
    if (callback !== undefined) throw new TypeError('Tunnels are promised.');
    return this.#connect(options);
  }

  async #connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    const place = await this.#placeOf(options.path);
    const headers = { ...Object(options.headers), host: place };
    try {
      return await super.connect({ ...options, path: place, headers });
    } catch (error) {
      throw new TunnelError(error);
    }
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
