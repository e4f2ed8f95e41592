import type { IncomingMessage } from 'node:http';

/**
 * A target in absolute form: what proxies send, and what every server must take (RFC 9112, 3.2.2).
 */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/** The routes that are the same with a slash behind. */
const WITH_SLASH = /^\/(graphql|health|ready)\/(?=\?|$)/;

/**
 * Puts the request's target into the one form that everything else looks at: a path and a query.
 * The authority of an absolute one stands for the Host header, which counts for nothing beside it.
 */
export function normaliseTarget(request: IncomingMessage): void {
  if (request.url === '/graphql') return;
  const [, authority, rest] = ABSOLUTE.exec(request.url ?? '') ?? [];
  if (authority !== undefined && rest !== undefined) {
    request.headers.host = authority;
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  request.url = request.url?.replace(WITH_SLASH, '/$1');
}

/** The routes, as whoever counts calls them. */
export type RouteName =
  'graphql' | 'webhooks' | 'uploads' | 'media' | 'health' | 'ready' | 'metrics' | 'other';

const ROUTES: ReadonlyMap<string, RouteName> = new Map(
  (['graphql', 'webhooks', 'uploads', 'media', 'health', 'ready', 'metrics'] as const).map(
    (name) => [name, name],
  ),
);

/** The route that a target in its one form leads to, whether or not there is something. */
export function routeName(target: string | undefined): RouteName {
  if (target === '/graphql') return 'graphql';
  const [, first = ''] = /^\/([a-z]*)(?=[/?]|$)/.exec(target ?? '') ?? [];
  return ROUTES.get(first) ?? 'other';
}
