import { useSyncExternalStore } from 'react';

export type Route =
  { readonly page: 'start' } | { readonly page: 'analysis' | 'task'; readonly id: string };

/** The page by the address, so that a reload comes back to the same job. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(onChange, () => location.hash);
  const [, page, id] = /^#\/(analysis|task)\/(.+)$/.exec(hash) ?? [];
  if ((page === 'analysis' || page === 'task') && id !== undefined) {
    return { page, id: decodeURIComponent(id) };
  }
  return { page: 'start' };
}

export function hrefOf(route: Route): string {
  return route.page === 'start' ? '#/' : `#/${route.page}/${encodeURIComponent(route.id)}`;
}

export function go(route: Route): void {
  location.hash = hrefOf(route);
}

function onChange(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
