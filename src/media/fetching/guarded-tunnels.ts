import { isIPv4, isIPv6 } from 'node:net';
import { promisify } from 'node:util';
import type { Agent, Dispatcher } from 'undici';
import { createTunnels, type ForwardProxy } from '../../runtime/network/connections.ts';
import { findPublicAddresses, type FindAddresses } from './guarded-connector.ts';

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
  const findAll = promisify(findPublicAddresses(find));
  return createTunnels(agent, {
    // Everything is a word by itself.
    proxy: { url: proxy.url, except: except === '*' ? except : [...direct, except].join(',') },
    connectTimeoutMs: connectMs,
    async placeOf(asked) {
      const { hostname, port } = new URL(`tunnel://${asked}`);
      const addresses = await findAll(hostname.replaceAll(/^\[|\]$/g, ''));
      // Whether the proxy has a way to the others, nobody here knows.
      const found = addresses.find(({ address }) => isIPv4(address)) ?? addresses[0];
      if (found === undefined) throw new Error('no address');
      return `${isIPv6(found.address) ? `[${found.address}]` : found.address}:${port}`;
    },
  });
}
