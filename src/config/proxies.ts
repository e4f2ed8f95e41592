import type { ForwardProxy } from '../runtime/network/connections.ts';
import type { Environment } from './environment.ts';

/** The way out of the network; null where there is none. URLs may carry a user and a password. */
export interface ProxyConfig {
  readonly akool: string | null;
  readonly https: string | null;
  readonly http: string | null;
  /** What is asked without a proxy, as in NO_PROXY. */
  readonly none: string;
}

/** These are also written in lower case, which then counts, as everywhere else. */
export const ALSO_IN_LOWER_CASE = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/** The variables' part of it. */
export function proxiesOf(values: Environment): ProxyConfig {
  return {
    akool: values.AKOOL_PROXY ?? null,
    https: values.HTTPS_PROXY ?? null,
    http: values.HTTP_PROXY ?? null,
    none: values.NO_PROXY ?? '',
  };
}

/** The way to AKOOL. */
export function proxyToAkool(proxies: ProxyConfig, baseUrl: string): ForwardProxy | null {
  return proxies.akool === null ? byScheme(proxies, baseUrl) : { url: proxies.akool, except: '' };
}

/** The way to anything else; only the scheme of its URL counts. */
export function proxyTo(proxies: ProxyConfig, url: string): ForwardProxy | null {
  return proxies.akool === null
    ? byScheme(proxies, url)
    : { url: proxies.akool, except: proxies.none };
}

function byScheme({ https, http, none }: ProxyConfig, url: string): ForwardProxy | null {
  const chosen = /^https:/i.test(url) ? https : http;
  return chosen === null ? null : { url: chosen, except: none };
}
