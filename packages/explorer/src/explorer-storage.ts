import type { ShippedTab } from './page.ts';

/** What GraphiQL calls what it remembers. */
const TABS = 'graphiql:tabState';
const QUERY = 'graphiql:query';
const VARIABLES = 'graphiql:variables';
const HEADERS = 'graphiql:headers';
/** The tabs that the remembered ones were made from. */
const SHIPPED = 'graphiql:shippedTabs';

/**
 * What GraphiQL remembers from visit to visit, without what is typed into the headers pane: that may be a caller's key, and its
 * history would keep it, too.
 */
export function createExplorerStorage(storage: Storage): Storage {
  return {
    get length() {
      return storage.length;
    },
    key: (index) => storage.key(index),
    getItem: (name) => storage.getItem(name),
    removeItem: (name) => storage.removeItem(name),
    clear: () => storage.clear(),
    setItem: (name, value) => {
      if (name !== HEADERS) storage.setItem(name, withoutHeaders(value));
    },
  };
}

function withoutHeaders(value: string): string {
  if (!value.startsWith('{') || !value.includes('"headers"')) return value;
  try {
    return JSON.stringify(JSON.parse(value), (name, part: unknown) =>
      name === 'headers' ? null : part,
    );
  } catch {
    // The text of an operation may begin like JSON.
    return value;
  }
}

/**
 * Before a first visit, and before the first one with other tabs than the last: shows the tabs as they are shipped. GraphiQL takes
 * its first tab's variables from what it remembers, and finds that tab again by them and by its query.
 */
export function rememberShippedTabs(storage: Storage, tabs: readonly ShippedTab[]): void {
  const shipped = JSON.stringify(tabs);
  if (storage.getItem(SHIPPED) === shipped) return;
  storage.removeItem(TABS);
  storage.setItem(SHIPPED, shipped);
  storage.setItem(QUERY, tabs[0]?.query ?? '');
  storage.setItem(VARIABLES, tabs[0]?.variables ?? '');
}
