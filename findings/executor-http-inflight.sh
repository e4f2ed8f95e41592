#!/usr/bin/env bash
# @graphql-tools/executor-http 3.4.1, which gateways of GraphQL's tools ask other services with: a caller who goes away takes the answer of
# another one along.
#
# `deduplicateInflightRequests`, on unless turned off, lets equal queries that are under way at the same time share one request. It is the
# first one's, with its signal and its timeout: when that caller aborts, the others are told that they did, and a patient executor
# inherits the timeout of an impatient one, since all executors of a process share. Turned off, each has its own.
#
# Seen: first caller leaves:       second is told "caller left", 1 request
#       first executor's timeout:  second is told "The operation was aborted due to timeout", 1 request
#       leaves, turned off:        second is told {"a":1}, 2 requests
#       timeout, turned off:       second is told {"a":1}, 2 requests
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact @graphql-tools/executor-http@3.4.1 graphql@16.15.0
cat > look.js <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buildHTTPExecutor } from '@graphql-tools/executor-http';
import { parse } from 'graphql';

let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume();
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"data":{"a":1}}');
  }, 1000);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const endpoint = `http://127.0.0.1:${server.address().port}/`;
const executor = (options) => buildHTTPExecutor({ endpoint, timeout: 30_000, ...options });
const ask = (execute, signal) =>
  execute({ document: parse('{ a }'), operationType: 'query', context: {}, signal });

async function look(title, first, second, signal) {
  requests = 0;
  const [, { data, errors }] = await Promise.all([ask(first, signal?.()), ask(second)]);
  const told = errors === undefined ? JSON.stringify(data) : JSON.stringify(errors[0].message);
  console.log(`${title}: second is told ${told}, ${requests} request${requests === 1 ? '' : 's'}`);
}

const leaving = () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('caller left')), 200);
  return controller.signal;
};
const off = { deduplicateInflightRequests: false };
await look('first caller leaves', executor(), executor(), leaving);
await look("first executor's timeout", executor({ timeout: 200 }), executor());
await look('leaves, turned off', executor(off), executor(off), leaving);
await look('timeout, turned off', executor({ ...off, timeout: 200 }), executor(off));
server.close();
server.closeAllConnections();
JS
node look.js | tee seen
diff seen - <<'SEEN'
first caller leaves: second is told "caller left", 1 request
first executor's timeout: second is told "The operation was aborted due to timeout", 1 request
leaves, turned off: second is told {"a":1}, 2 requests
timeout, turned off: second is told {"a":1}, 2 requests
SEEN
