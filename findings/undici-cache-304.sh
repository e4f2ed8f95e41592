#!/usr/bin/env bash
# undici 7.30.2, interceptors.cache(): a 304 that says how long its answer may be kept takes the stored answer away instead of
# freshening it.
#
# RFC 9110 (15.4.5) has a server repeat Cache-Control in a 304, and RFC 9111 (4.3.4) has a cache update what it stores with it and go on
# with that. undici answers the request from what it stores and forgets it: the next request goes to the server without If-None-Match,
# and the whole body is sent again. Whatever says `no-cache` with an ETag is fetched whole every second time. A 304 without
# Cache-Control leaves the stored answer as it was, with the age of before.
#
# Seen, of four requests: no-cache, repeated in 304: 200, 304, 200, 304
#                         no-cache, not repeated:    200, 304, 304, 304
#                         max-age=60, repeated:      200, 304, 200
#
# In the last, the second request says `Cache-Control: no-cache`; by its 304 the answer is fresh for a minute, and yet the third is sent.
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
import { Agent, interceptors, request } from 'undici';

async function look(title, cacheControl, repeated, requests) {
  const answers = [];
  const server = createServer(({ headers }, response) => {
    const status = headers['if-none-match'] === '"1"' ? 304 : 200;
    answers.push(status);
    const kept = status === 200 || repeated ? { 'cache-control': cacheControl } : {};
    response.writeHead(status, { etag: '"1"', ...kept });
    response.end(status === 200 ? 'body' : undefined);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const dispatcher = new Agent().compose(interceptors.cache());
  for (const headers of requests) {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const { statusCode, body } = await request(url, { dispatcher, headers });
    const text = await body.text();
    if (statusCode !== 200 || text !== 'body') throw new Error(`${statusCode} ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.log(`${title}: ${answers.join(', ')}`);
  await dispatcher.close();
  server.close();
  server.closeAllConnections();
}

const four = [{}, {}, {}, {}];
await look('no-cache, repeated in 304', 'no-cache', true, four);
await look('no-cache, not repeated', 'no-cache', false, four);
await look('max-age=60, repeated', 'max-age=60', true, [{}, { 'cache-control': 'no-cache' }, {}, {}]);
JS
node look.js | tee seen
diff seen - <<'SEEN'
no-cache, repeated in 304: 200, 304, 200, 304
no-cache, not repeated: 200, 304, 304, 304
max-age=60, repeated: 200, 304, 200
SEEN
