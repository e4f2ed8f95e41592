import type { Plugin } from 'graphql-yoga';
import type { ExplorerPage } from '../../explorer/explorer-page.ts';
import type { HttpContext } from '../../operation-context.ts';

/** GraphiQL for a browser that looks at the path. Null: there is none. */
export function useExplorer(explorerPage: ExplorerPage | null): Plugin<object, HttpContext> {
  if (explorerPage === null) return {};
  return {
    async onRequest({ request, serverContext: { req, accepted }, fetchAPI, endResponse }) {
      if (request.method !== 'GET' || !accepted.page) return;
      const { status, headers, body } = await explorerPage(req.headers);
      endResponse(new fetchAPI.Response(body && new Uint8Array(body), { status, headers }));
    },
  };
}
