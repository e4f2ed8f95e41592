import type { IncomingHttpHeaders } from 'node:http';
import { parseUrl } from '../../runtime/urls.ts';

/**
 * Whether the name a client used for this server is loopback's: localhost, 127.x.x.x or [::1], with
 * any port.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(host ?? '');
}

/** Which web pages may talk to the server. */
export interface Origins {
  /**
   * The server's own pages, those of the allowed origins, and clients that are no web page (they
   * send no `Origin`).
   */
  admits(headers: IncomingHttpHeaders): boolean;
  /** An allowed origin other than the server's own: it needs CORS headers. */
  isAllowed(origin: string | undefined): boolean;
  /**
   * A GET carries no proof that the page behind it may read or cause anything, so one that the
   * browser marks as another site's is refused, unless its origin is allowed.
   */
  admitsGet(headers: IncomingHttpHeaders): boolean;
}

/**
 * `allowed` are compared letter by letter with what browsers send: scheme, host and port, no slash
 * at the end.
 */
export function createOrigins(allowed: readonly string[]): Origins {
  const set = new Set(allowed);
  const isAllowed = (origin: string | undefined): boolean =>
    origin !== undefined && set.has(origin);
  const admits = ({ origin, host }: IncomingHttpHeaders): boolean =>
    origin === undefined || isAllowed(origin) || hostOf(origin) === host?.toLowerCase();
  return {
    isAllowed,
    admits,
    admitsGet(headers) {
      if (!admits(headers)) return false;
      const site = headers['sec-fetch-site'];
      return (
        site === undefined || site === 'same-origin' || site === 'none' || isAllowed(headers.origin)
      );
    },
  };
}

/** Why another name than loopback's is not answered where callers need no credential. */
export const LOOPBACK_ONLY =
  'Callers need no credential here, so only localhost, 127.0.0.1 and [::1] are answered. ' +
  'Set caller credentials to serve other names.';

/**
 * Why a page may not talk to the server, in a sentence. A proxy that passes on another Host makes
 * the server's own pages look like another site's, so both names and the remedy are in it.
 */
export function foreignOrigin({ origin = '', host = '' }: IncomingHttpHeaders): string {
  const page = hostOf(origin) ?? 'a page without a host';
  const own = hostOf(`http://${host}`) ?? 'nothing';
  return (
    `A request from a page of another site is refused: its Origin is ${page}, and Host is ${own}. ` +
    "If it is the gateway's own page, the proxy in front must pass Host on; if not, ALLOWED_ORIGINS lets it in."
  );
}

/** The scheme is left aside: behind a proxy that ends TLS we do not know our own. */
function hostOf(origin: string): string | null {
  return parseUrl(origin)?.host ?? null;
}
