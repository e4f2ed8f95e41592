#!/usr/bin/env bash
# graphql-sse 2.6.1, client in its distinct connections mode: `retryAttempts` does not bound how often a subscription is asked for again
# when its streams open and then end without `event: complete`. Each stream that had opened sets the count of attempts back, so
# with `retryAttempts: 2` a server whose streams end after one event is asked without end; one that answers 500 is asked three
# times, as the option says.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact graphql-sse@2.6.1 graphql@16.15.0
cat > program.js <<'JS'
import { createServer } from 'node:http';
import { createClient } from 'graphql-sse';

const ENOUGH = 40;
const fails = process.argv[2] === 'fails';
let requests = 0;
const { promise: enough, resolve } = (() => {
  let resolve;
  const promise = new Promise((it) => (resolve = it));
  return { promise, resolve };
})();
const server = createServer((request, response) => {
  requests += 1;
  if (requests >= ENOUGH) resolve('was asked without end');
  if (fails) return response.writeHead(500).end();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end('event: next\ndata: {"data":{"tick":1}}\n\n');
}).listen(0, '127.0.0.1');
await new Promise((listening) => server.on('listening', listening));
const client = createClient({
  url: `http://127.0.0.1:${server.address().port}`,
  retryAttempts: 2,
  retry: () => new Promise((next) => setTimeout(next, 5)),
});
client.subscribe(
  { query: 'subscription { tick }' },
  { next() {}, error: () => resolve('gave up'), complete: () => resolve('completed') },
);
const end = await enough;
console.log(`${end}, ${requests} requests`);
process.exit(0);
JS
ended=$(node program.js ends)
failed=$(node program.js fails)
echo "streams that end after an event: $ended"
echo "HTTP status 500:                 $failed"
[[ $ended == 'was asked without end, 40 requests' && $failed == 'gave up, 3 requests' ]]
