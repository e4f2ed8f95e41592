import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { readExplorerTabs, type ExplorerTab } from './explorer-tabs.ts';

/** Answers a browser with GraphiQL. Rejects when it cannot be built; the next request tries again. */
export type ExplorerPage = (headers: IncomingHttpHeaders) => Promise<PageAnswer>;

/** The answer to one browser. */
export interface PageAnswer {
  readonly status: 200 | 304;
  readonly headers: Record<string, string>;
  readonly body: Buffer | null;
}

interface Page {
  /** Gzipped. */
  readonly body: Buffer;
  readonly etag: string;
  readonly policy: string;
}

/**
 * GraphiQL, whole from this process. The page is 9 MB (2.4 gzipped), so it is built when the first browser asks and kept gzipped.
 * Its one script is allowed by its hash alone. Subscriptions go over SSE: what is typed into the headers pane reaches them there,
 * and never a WebSocket. The tabs are the `.graphql` files of `operationsFolder`, in the order of their names.
 */
export function createExplorerPage(operationsFolder: string): ExplorerPage {
  let page: Promise<Page> | null = null;
  return async ({ 'if-none-match': known, 'accept-encoding': encodings }) => {
    page ??= build(operationsFolder);
    let built: Page;
    try {
      built = await page;
    } catch (error) {
      page = null;
      throw error;
    }
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': built.policy,
      'cache-control': 'no-cache',
      etag: built.etag,
      vary: 'accept, accept-encoding',
    };
    if (known === built.etag) return { status: 304, headers, body: null };
    const zipped = /\bgzip\b/i.test(encodings?.toString() ?? '');
    const body = zipped ? built.body : await promisify(gunzip)(built.body);
    return {
      status: 200,
      headers: {
        ...headers,
        ...(zipped && { 'content-encoding': 'gzip' }),
        'content-length': String(body.length),
      },
      body,
    };
  };
}

async function build(operationsFolder: string): Promise<Page> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const tabs = await readExplorerTabs(operationsFolder);
  const html = renderGraphiQL({
    title: 'Head Swap Gateway',
    endpoint: '/graphql',
    subscriptionsProtocol: 'SSE',
    defaultTabs: tabs,
  })
    .trimStart()
    .replace('<script>', (begin) => begin + rememberFirstTab(tabs[0]));
  const script = html.slice(
    html.indexOf('<script>') + '<script>'.length,
    html.lastIndexOf('</script>'),
  );
  const body = await promisify(gzip)(html, { level: 6 });
  return {
    body,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`,
    policy: policyFor(createHash('sha256').update(script).digest('base64')),
  };
}

/**
 * GraphiQL shows of its first tab the query but not the variables: those it takes from what it remembers of the last visit, and
 * finds the tab again by both. Given as options they would open another tab at each reload. So before a first visit it remembers.
 */
function rememberFirstTab(tab: ExplorerTab | undefined): string {
  const remembered = { 'graphiql:query': tab?.query, 'graphiql:variables': tab?.variables ?? '' };
  return `
        if (localStorage.getItem('graphiql:tabState') === null && !new URLSearchParams(location.search).has('query'))
          Object.assign(localStorage, ${JSON.stringify(remembered)});`;
}

/** The editor needs blob workers and inline styles; pictures (previews) come from anywhere. Nothing is evaluated. */
function policyFor(scriptHash: string): string {
  return [
    "default-src 'none'",
    `script-src 'sha256-${scriptHash}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    "img-src 'self' data: http: https:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
