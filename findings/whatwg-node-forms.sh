#!/usr/bin/env bash
# @whatwg-node/fetch 0.10.13 and @whatwg-node/server 0.11.0, which graphql-yoga reads requests with: forms, on Node 20.
#
# - `formData()` of a request keeps the last of those parts that have one name, and is silent about the others: of two files that an
#   <input type="file" multiple> sends, one is there. The Fetch standard keeps every part in its order, and so does formData() of Node.
#   That goes for multipart/form-data as for application/x-www-form-urlencoded.
# - `fetch` with a URLSearchParams as its body, which is how a token of OAuth 2 is asked for, fails: "The "chunk" argument must be of
#   type string or an instance of Buffer or Uint8Array".
#
# Seen: two files, multipart:    Node [["file","a.png"],["file","b.png"]], @whatwg-node [["file","b.png"]]
#       two values, urlencoded:  Node [["id","1"],["id","2"]], @whatwg-node [["id","2"]]
#       URLSearchParams as body: Node sends grant_type=client_credentials, @whatwg-node ERR_INVALID_ARG_TYPE
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @whatwg-node/server@0.11.0 @whatwg-node/fetch@0.10.13 @whatwg-node/node-fetch@0.8.6
cat > look.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as ponyfill from '@whatwg-node/fetch';
import { createServerAdapter } from '@whatwg-node/server';

const named = ([name, value]) => [name, value.name ?? value];
const server = createServer(
  createServerAdapter(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/echo') return new Response(`sends ${await request.text()}`);
    return new Response(JSON.stringify([...(await request.formData())].map(named)));
  }),
);
await once(server.listen(0, '127.0.0.1'), 'listening');
const base = `http://127.0.0.1:${server.address().port}`;

async function received(title, body) {
  const native = JSON.stringify([...(await new Response(body).formData())].map(named));
  const told = await (await fetch(base, { method: 'POST', body })).text();
  console.log(`${title}: Node ${native}, @whatwg-node ${told}`);
}

const files = new FormData();
for (const name of ['a.png', 'b.png']) files.append('file', new Blob([name]), name);
await received('two files, multipart', files);
await received('two values, urlencoded', new URLSearchParams('id=1&id=2'));

const sent = ({ fetch, URLSearchParams }) =>
  fetch(`${base}/echo`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  }).then((response) => response.text(), ({ code }) => code);
const [native, ponyfilled] = [await sent(globalThis), await sent(ponyfill)];
console.log(`URLSearchParams as body: Node ${native}, @whatwg-node ${ponyfilled}`);
server.close();
server.closeAllConnections();
JS
node look.js | tee seen
diff seen - <<'SEEN'
two files, multipart: Node [["file","a.png"],["file","b.png"]], @whatwg-node [["file","b.png"]]
two values, urlencoded: Node [["id","1"],["id","2"]], @whatwg-node [["id","2"]]
URLSearchParams as body: Node sends grant_type=client_credentials, @whatwg-node ERR_INVALID_ARG_TYPE
SEEN
