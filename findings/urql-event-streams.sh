#!/usr/bin/env bash
# @urql/core 6.0.3 with `fetchSubscriptions: true`, which asks for subscriptions over server-sent events, on Node 20.20.2: event
# streams that are valid by the HTML standard, and what becomes of them.
#
# - Lines that end with CRLF: no event is found; the subscription fails with "[Network] No Content".
# - Data in two lines, which the standard joins: the first is parsed alone; it fails with "[Network] Unexpected end of JSON input".
# - An event with errors, then one with data alone: the errors stay with every later result.
#
# Seen: lf:         {"n":1} | {"n":2} | end
#       crlf:       error [Network] No Content | end
#       two lines:  error [Network] Unexpected end of JSON input | end
#       after one:  error [GraphQL] once | {"n":2} error [GraphQL] once | end
#
# A server for such clients ends lines with LF and puts data into one. Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @urql/core@6.0.3 graphql@16.15.0
cat > look.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client, fetchExchange, gql } from '@urql/core';

const next = (result) => `event: next\ndata: ${JSON.stringify(result)}\n\n`;
const end = 'event: complete\ndata:\n\n';
const lf = next({ data: { n: 1 } }) + next({ data: { n: 2 } }) + end;
const streams = {
  lf: [lf],
  crlf: [lf.replaceAll('\n', '\r\n')],
  'two lines': ['event: next\ndata: {"data":\ndata: {"n":1}}\n\n', end],
  'after one': [next({ errors: [{ message: 'once' }] }), next({ data: { n: 2 } }) + end],
};

for (const [name, chunks] of Object.entries(streams)) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const chunk of chunks) response.write(chunk);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new Client({
    url: `http://127.0.0.1:${server.address().port}/`,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
  });
  const seen = await new Promise((resolve) => {
    const told = [];
    client.subscription(gql`subscription { n }`, {}).subscribe(({ data, error, hasNext }) => {
      const words = [data && JSON.stringify(data), error && `error ${error.message}`];
      // The last result says again what the one before it said.
      if (hasNext || told.length === 0) told.push(words.filter(Boolean).join(' '));
      if (!hasNext) resolve([...told, 'end'].join(' | '));
    });
  });
  console.log(`${name}: ${seen}`);
  server.close();
}
JS
node look.js | tee seen
diff seen - <<'SEEN'
lf: {"n":1} | {"n":2} | end
crlf: error [Network] No Content | end
two lines: error [Network] Unexpected end of JSON input | end
after one: error [GraphQL] once | {"n":2} error [GraphQL] once | end
SEEN
