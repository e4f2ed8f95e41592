import { isIPv4, isIPv6 } from 'node:net';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, Pool, type Agent, type Dispatcher } from 'undici';
import type { ForwardProxy } from '../../config/proxies.ts';
import {
  AddressNotPublicError,
  findPublicAddresses,
  type FindAddresses,
} from './guarded-connector.ts';

/**
 * Connections through a forward proxy to public addresses alone. Names are resolved here, and the
 * proxy is asked for a tunnel to the address that was judged: a proxy that resolves a name itself
 * might reach a private address. The TLS inside is with the name. `agent`: what goes past the
 * proxy: `direct`, each a `host:port`, and what the proxy excepts.
 */
export function createGuardedTunnels(
  agent: Agent.Options,
  parts: {
    readonly proxy: ForwardProxy;
    readonly direct: ReadonlySet<string>;
    readonly find: FindAddresses;
    readonly connectMs: number;
  },
): Dispatcher {
  const { proxy, direct, find, connectMs } = parts;
  const except = proxy.except.trim();
  return new EnvHttpProxyAgent({
    ...agent,
    httpProxy: proxy.url,
    httpsProxy: proxy.url,
    // Everything is a word by itself.
    noProxy: except === '*' ? except : [...direct, except].join(','),
    proxyTunnel: true,
    requestTls: { timeout: connectMs },
    proxyTls: { timeout: connectMs },
    clientFactory: (url, given) =>
      new GuardedTunnelPool(url, { ...given, headersTimeout: connectMs }, find),
  });
}

/** Connections to the proxy itself. */
class GuardedTunnelPool extends Pool {
  readonly #find: (host: string) => Promise<string>;

  constructor(proxy: URL, options: object, find: FindAddresses) {
    super(proxy, options);
    const findAll = promisify(findPublicAddresses(find));
    this.#find = async (host) => {
      const addresses = (await findAll(host)).map(({ address }) => address);
      // Whether the proxy has a way to the others, nobody here knows.
      const address = addresses.find((one) => isIPv4(one)) ?? addresses[0];
      if (address === undefined) throw new Error('no address');
      return isIPv6(address) ? `[${address}]` : address;
    };
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
    const { hostname, port } = new URL(`tunnel://${options.path}`);
    try {
      const place = `${await this.#find(hostname.replaceAll(/^\[|\]$/g, ''))}:${port}`;
      const headers = { ...Object(options.headers), host: place };
      return await super.connect({ ...options, path: place, headers });
    } catch (error) {
      if (error instanceof AddressNotPublicError) throw error;
      // undici's own errors would make it try again at once, for as long as somebody waits.
      throw new Error('The proxy made no tunnel', { cause: error });
    }
  }
}
