#!/usr/bin/env bash
# @graphql-tools/executor-http 3.4.1, a subscription over server-sent events: what valid streams lose, and nobody is told.
#
# - Lines that end with CRLF, or with CR, as the HTML standard allows: no event is found. The subscription ends without a result and
#   without an error.
# - A character of several bytes that arrives in two pieces is U+FFFD for each of its bytes; pieces are decoded one by one.
# - An event of another type, which nobody listens to, is a result: {}.
#
# Seen: lf:                 {"data":{"n":"1"}} | {"data":{"n":"2"}} | end
#       crlf:               end
#       cr:                 end
#       euro sign in two:   {"data":{"n":"\ufffd\ufffd\ufffd"}} | end
#       an event of "ping": {} | {"data":{"n":"1"}} | end
#
# graphql-sse 2.6.1 reads the first four of them as they are meant. Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @graphql-tools/executor-http@3.4.1 graphql-sse@2.6.1 graphql@16.15.0
cat > look.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buildHTTPExecutor } from '@graphql-tools/executor-http';
import { parse } from 'graphql';
import { createClient } from 'graphql-sse';

const next = (n) => `event: next\ndata: ${JSON.stringify({ data: { n } })}\n\n`;
const end = 'event: complete\ndata:\n\n';
const lf = next('1') + next('2') + end;
const euro = Buffer.from(next('\u20ac') + end);
const within = euro.indexOf(0xe2) + 1;
const streams = {
  lf: [lf],
  crlf: [lf.replaceAll('\n', '\r\n')],
  cr: [lf.replaceAll('\n', '\r')],
  'euro sign in two': [euro.subarray(0, within), euro.subarray(within)],
  'an event of "ping"': [`event: ping\ndata: {}\n\n${next('1')}${end}`],
};
const shown = (result) =>
  JSON.stringify(result).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
const query = 'subscription { n }';

async function executor(url) {
  const results = await buildHTTPExecutor({ endpoint: url })({
    document: parse(query),
    operationType: 'subscription',
    context: {},
  });
  const told = [];
  for await (const result of results) told.push(shown(result));
  return [...told, 'end'].join(' | ');
}

async function graphqlSse(url) {
  const told = [];
  for await (const result of createClient({ url, retryAttempts: 0 }).iterate({ query })) told.push(shown(result));
  return [...told, 'end'].join(' | ');
}

for (const [title, pieces] of Object.entries(streams)) {
  const server = createServer(async (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${server.address().port}/`;
  console.log(`${title}: ${await executor(url)}`);
  if (!title.includes('ping')) console.log(`  graphql-sse: ${await graphqlSse(url)}`);
  server.close();
  server.closeAllConnections();
}
JS
node look.js | tee seen
diff seen - <<'SEEN'
lf: {"data":{"n":"1"}} | {"data":{"n":"2"}} | end
  graphql-sse: {"data":{"n":"1"}} | {"data":{"n":"2"}} | end
crlf: end
  graphql-sse: {"data":{"n":"1"}} | {"data":{"n":"2"}} | end
cr: end
  graphql-sse: {"data":{"n":"1"}} | {"data":{"n":"2"}} | end
euro sign in two: {"data":{"n":"\ufffd\ufffd\ufffd"}} | end
  graphql-sse: {"data":{"n":"\u20ac"}} | end
an event of "ping": {} | {"data":{"n":"1"}} | end
SEEN
