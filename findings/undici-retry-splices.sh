#!/usr/bin/env bash
# undici 7.30.2, RetryAgent (and interceptors.retry()): a file that is replaced while it is fetched arrives as the beginning of the old one
# and the rest of the new one, with status 200 and no error.
#
# When a connection breaks within a body, undici asks for the rest with Range, and joins what comes. RFC 9110 (15.3.7.3) allows that
# only for parts "if they share the same strong validator". undici compares a strong ETag alone: where the answers have a weak one, or
# none, it joins them although their ETag, their Last-Modified and their whole length differ. It sends no If-Range either.
#
# Seen: strong ETags:       error ETag mismatch
#       weak ETags:         200 old-old-new-new-
#       Last-Modified:      200 old-old-new-new-
#       different lengths:  200 old-old-new-new-
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact undici@7.30.2
cat > look.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Agent, RetryAgent, request } from 'undici';

const monday = 'Mon, 02 Nov 2026 08:00:00 GMT';
const tuesday = 'Tue, 03 Nov 2026 08:00:00 GMT';

/** What arrives of a file of 16 bytes whose connection breaks after 8, when it is replaced then. */
async function look(title, before, after, newLength = 16) {
  const server = createServer((request, response) => {
    if (request.headers.range === undefined) {
      response.writeHead(200, { 'content-length': 16, 'accept-ranges': 'bytes', ...before });
      response.write('old-old-', () => setTimeout(() => response.destroy(), 50));
    } else {
      if (request.headers.range !== 'bytes=8-15') throw new Error(request.headers.range);
      const range = { 'content-range': `bytes 8-15/${newLength}`, 'content-length': 8 };
      response.writeHead(206, { ...range, ...after }).end('new-new-');
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const dispatcher = new RetryAgent(new Agent(), { minTimeout: 10 });
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const { statusCode, body } = await request(url, { dispatcher });
    console.log(`${title}: ${statusCode} ${await body.text()}`);
  } catch ({ message }) {
    console.log(`${title}: error ${message}`);
  }
  await dispatcher.close();
  server.close();
  server.closeAllConnections();
}

await look('strong ETags', { etag: '"1"' }, { etag: '"2"' });
await look('weak ETags', { etag: 'W/"1"' }, { etag: 'W/"2"' });
await look('Last-Modified', { 'last-modified': monday }, { 'last-modified': tuesday });
await look('different lengths', {}, {}, 4000);
JS
node look.js | tee seen
diff seen - <<'SEEN'
strong ETags: error ETag mismatch
weak ETags: 200 old-old-new-new-
Last-Modified: 200 old-old-new-new-
different lengths: 200 old-old-new-new-
SEEN
