#!/usr/bin/env bash
# @graphql-tools/executor-http 3.4.1: what the option `retry`, "retry attempts", sends again.
#
# A mutation that was carried out and answered with an error in it, HTTP 200, is sent again, be the error the last word ("not enough
# credits") or about one field of what was created. All `retry` attempts are used up, so the service carries it out that many times.
# And `retry` counts the first attempt too: 1 sends nothing again, and 0 sends nothing at all, with the error "No response returned from
# fetch".
#
# Seen: no retry, refused:           sent 1 time
#       retry 3, refused:            sent 3 times
#       retry 3, created in part:    sent 3 times, the caller is told {"create":{"id":3,"owner":null}}
#       retry 1, HTTP 503:           sent 1 time
#       retry 0:                     sent 0 times
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

const document = parse('mutation { create { id owner } }');
const refused = () => ({ data: { create: null }, errors: [{ message: 'not enough credits' }] });
const partly = (id) => ({
  data: { create: { id, owner: null } },
  errors: [{ message: 'the owner is away', path: ['create', 'owner'] }],
});

async function look(title, options, answer, status = 200) {
  let sent = 0;
  const server = createServer((request, response) => {
    sent += 1;
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(sent)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${server.address().port}/`;
  const execute = buildHTTPExecutor({ endpoint, ...options });
  const { data } = await execute({ document, operationType: 'mutation', context: {} });
  const told = data?.create ? `, the caller is told ${JSON.stringify(data)}` : '';
  console.log(`${title}: sent ${sent} time${sent === 1 ? '' : 's'}${told}`);
  server.close();
  server.closeAllConnections();
}

await look('no retry, refused', {}, refused);
await look('retry 3, refused', { retry: 3 }, refused);
await look('retry 3, created in part', { retry: 3 }, partly);
await look('retry 1, HTTP 503', { retry: 1 }, refused, 503);
await look('retry 0', { retry: 0 }, refused);
JS
node look.js | tee seen
diff seen - <<'SEEN'
no retry, refused: sent 1 time
retry 3, refused: sent 3 times
retry 3, created in part: sent 3 times, the caller is told {"create":{"id":3,"owner":null}}
retry 1, HTTP 503: sent 1 time
retry 0: sent 0 times
SEEN
