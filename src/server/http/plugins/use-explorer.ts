import type { Plugin } from 'graphql-yoga';
import type { ExplorerPage } from '../../explorer/explorer-page.ts';
import type { HttpContext } from '../../operation-context.ts';

/** GraphiQL for a browser that looks at the path. Null: there is none. */
export function useExplorer(explorerPage: ExplorerPage | null): Plugin<object, HttpContext> {
  if (explorerPage === null) return {};
  return {
    // Not an async function: for every other request it is over at once.
    onRequest({ serverContext: { req, accepted }, fetchAPI, endResponse }) {
      if (req.method !== 'GET' || !accepted.page) return undefined;
      return explorerPage(req.headers).then(({ status, headers, body }) =>
        endResponse(new fetchAPI.Response(body && new Uint8Array(body), { status, headers })),
      );
    },
  };
}
