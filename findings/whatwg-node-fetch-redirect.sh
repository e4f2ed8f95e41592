#!/usr/bin/env bash
# @whatwg-node/fetch 0.10.13 (@whatwg-node/node-fetch 0.8.6), which graphql-yoga and GraphQL's tools fetch with on Node: a POST that is
# answered with 303 See Other is sent a second time, with its body, to where the answer points.
#
# RFC 9110 (15.4.4) has the client GET there: 303 says that the request has been carried out and where its result is to be read. The
# Fetch standard drops the body as well. PUT and DELETE are repeated alike. So is a POST at 301 and 302, which the Fetch standard
# makes a GET of, as the fetch of Node does in every case.
#
# Seen: 303 after POST: fetch of Node GET /result "", @whatwg-node/fetch POST /result "buy"
#       303 after PUT:  fetch of Node GET /result "", @whatwg-node/fetch PUT /result "buy"
#       302 after POST: fetch of Node GET /result "", @whatwg-node/fetch POST /result "buy"
#       307 after POST: fetch of Node POST /result "buy", @whatwg-node/fetch POST /result "buy"
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @whatwg-node/fetch@0.10.13 @whatwg-node/node-fetch@0.8.6
cat > look.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import * as ponyfill from '@whatwg-node/fetch';

const server = createServer(async (request, response) => {
  const body = await text(request);
  const [, status] = request.url.match(/^\/buy\/(\d+)$/) ?? [];
  if (status) response.writeHead(Number(status), { location: '/result' }).end();
  else response.end(`${request.method} ${request.url} ${JSON.stringify(body)}`);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const base = `http://127.0.0.1:${server.address().port}`;
for (const [status, method] of [[303, 'POST'], [303, 'PUT'], [302, 'POST'], [307, 'POST']]) {
  const ask = async ({ fetch }) =>
    (await fetch(`${base}/buy/${status}`, { method, body: 'buy' })).text();
  const [native, ponyfilled] = [await ask(globalThis), await ask(ponyfill)];
  console.log(`${status} after ${method}: fetch of Node ${native}, @whatwg-node/fetch ${ponyfilled}`);
}
server.close();
server.closeAllConnections();
JS
node look.js | tee seen
diff seen - <<'SEEN'
303 after POST: fetch of Node GET /result "", @whatwg-node/fetch POST /result "buy"
303 after PUT: fetch of Node GET /result "", @whatwg-node/fetch PUT /result "buy"
302 after POST: fetch of Node GET /result "", @whatwg-node/fetch POST /result "buy"
307 after POST: fetch of Node POST /result "buy", @whatwg-node/fetch POST /result "buy"
SEEN
