import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { readExplorerTabs } from './explorer-tabs.ts';

/**
 * Answers a browser with GraphiQL. Rejects when it cannot be built; the next request tries again.
 */
export type ExplorerPage = (headers: IncomingHttpHeaders) => Promise<PageAnswer>;

/** The answer to one browser. */
export interface PageAnswer {
  readonly status: 200 | 304;
  readonly headers: Record<string, string>;
  readonly body: Buffer | null;
}

const TITLE = 'Head Swap Gateway';

interface Page {
  /** Gzipped. */
  readonly body: Buffer;
  readonly etag: string;
  readonly policy: string;
}

/** Where the parts of the explorer are. */
export interface ExplorerFolders {
  /** Its programs and styles, as scripts/build-explorer.mjs writes them. */
  readonly programs: string;
  /** Its tabs: the `.graphql` files, in the order of their names. */
  readonly operations: string;
}

/**
 * GraphiQL, whole from this process. The page is 7 MB (2.2 gzipped), so it is put together when the
 * first browser asks and kept gzipped. Its one script is allowed by its hash alone.
 */
export function createExplorerPage(folders: ExplorerFolders): ExplorerPage {
  let page: Promise<Page> | null = null;
  return async ({ 'if-none-match': known, 'accept-encoding': encodings }) => {
    page ??= build(folders);
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

async function build({ programs, operations }: ExplorerFolders): Promise<Page> {
  const read = (name: string): Promise<string> => readFile(join(programs, name), 'utf8');
  const [main, styles, editor, json, graphql, tabs] = await Promise.all([
    read('main.js'),
    read('main.css'),
    read('editor.js'),
    read('json.js'),
    read('graphql.js'),
    readExplorerTabs(operations),
  ]);
  const data = { title: TITLE, endpoint: '/graphql', tabs, workers: { editor, json, graphql } };
  const script = `globalThis.explorerPage = ${forScript(data)};\n${main}`;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${TITLE}</title>
<link rel="icon" href="data:," />
<style>${styles}</style>
<style>body { margin: 0 } #root { height: 100vh }</style>
</head>
<body>
<noscript>The explorer needs JavaScript.</noscript>
<div id="root"></div>
<script>${script}</script>
</body>
</html>
`;
  const body = await promisify(gzip)(html, { level: 6 });
  return {
    body,
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`,
    policy: policyFor(createHash('sha256').update(script).digest('base64')),
  };
}

/** JSON that ends no script, whatever is in it. */
function forScript(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

/**
 * The editor needs blob workers and inline styles; pictures (previews) come from anywhere. Nothing
 * is evaluated.
 */
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
