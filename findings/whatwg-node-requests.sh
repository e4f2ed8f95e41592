#!/usr/bin/env bash
# @whatwg-node/fetch 0.10.13 (@whatwg-node/node-fetch 0.8.6), the Request of graphql-yoga on Node: a request that is made of another one is
# another request than the Fetch standard says.
#
# - `new Request(request, init)` takes nothing from `request` but its URL as soon as there is an `init`: a POST with one header more is
#   a GET without a body.
# - `fetch(request, init)` does not look at `init`: neither the header nor the signal in it counts.
# - `request.clone()` and `response.clone()` are the same object, so that a header set on the copy is set on the original.
#
# Seen: new Request(request, init): Node POST "body", @whatwg-node/fetch GET ""
#       fetch(request, init):       Node sends x-more 1, @whatwg-node/fetch sends x-more undefined
#       request.clone():            Node leaves x-more null, @whatwg-node/fetch leaves x-more 1
#       response.clone():           Node leaves x-more null, @whatwg-node/fetch leaves x-more 1
#
# Plugins of graphql-yoga name all parts anew instead. Ends with 0 when that is what it sees.
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
import * as ponyfill from '@whatwg-node/fetch';

const server = createServer((request, response) => {
  request.resume();
  response.end(String(request.headers['x-more']));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;
const init = { headers: { 'x-more': '1' } };
const looks = {
  'new Request(request, init)': async ({ Request }) => {
    const made = new Request(new Request(url, { method: 'POST', body: 'body' }), init);
    return `${made.method} ${JSON.stringify(await made.text())}`;
  },
  'fetch(request, init)': async ({ fetch, Request }) =>
    `sends x-more ${await (await fetch(new Request(url), init)).text()}`,
  'request.clone()': ({ Request }) => {
    const original = new Request(url);
    original.clone().headers.set('x-more', '1');
    return `leaves x-more ${original.headers.get('x-more')}`;
  },
  'response.clone()': ({ Response }) => {
    const original = new Response('body');
    original.clone().headers.set('x-more', '1');
    return `leaves x-more ${original.headers.get('x-more')}`;
  },
};
for (const [name, look] of Object.entries(looks))
  console.log(`${name}: Node ${await look(globalThis)}, @whatwg-node/fetch ${await look(ponyfill)}`);
server.close();
server.closeAllConnections();
JS
node look.js | tee seen
diff seen - <<'SEEN'
new Request(request, init): Node POST "body", @whatwg-node/fetch GET ""
fetch(request, init): Node sends x-more 1, @whatwg-node/fetch sends x-more undefined
request.clone(): Node leaves x-more null, @whatwg-node/fetch leaves x-more 1
response.clone(): Node leaves x-more null, @whatwg-node/fetch leaves x-more 1
SEEN
