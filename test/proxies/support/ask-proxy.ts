import type { Proxy } from '../../support/proxies/proxy.ts';

/** A query by POST, as a page of `origin` or as none. */
export function askProxy(
  { url }: Proxy,
  query: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
}
