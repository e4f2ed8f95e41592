#!/usr/bin/env bash
# undici 7.30.2 and the fetch of Node 20.20.2: an answer that begins with `100 Continue`, which the client had not asked for, is an error.
#
# RFC 9110 (15.2) has a client read any number of 1xx answers before the final one, expected or not. Others such as 103 Early Hints
# are skipped as it says. At a 100, undici gives up the socket with UND_ERR_SOCKET "bad response", after the request was written and
# although the 200 came in the same packet: a POST has been carried out and looks failed. node:http and curl answer 200.
#
# Seen: 100 Continue:    node:http 200, undici.request UND_ERR_SOCKET bad response, fetch UND_ERR_SOCKET bad response
#       103 Early Hints: node:http 200, undici.request 200, fetch 200
#
# Ends with 0 when that is what it sees.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact undici@7.30.2
node --version
cat > look.js <<'JS'
import { once } from 'node:events';
import http from 'node:http';
import { createServer } from 'node:net';
import { request } from 'undici';

const FINAL = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function answering(interim, ask) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(`HTTP/1.1 ${interim}\r\n\r\n${FINAL}`));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await ask(`http://127.0.0.1:${server.address().port}/`);
  } catch (error) {
    const { code, message } = error.cause ?? error;
    return `${code} ${message}`;
  }
}

const clients = {
  'node:http': async (url) => {
    const sent = http.request(url, { method: 'POST' }).end('x');
    const [response] = await once(sent, 'response');
    return response.statusCode;
  },
  'undici.request': async (url) => (await request(url, { method: 'POST', body: 'x' })).statusCode,
  fetch: async (url) => (await fetch(url, { method: 'POST', body: 'x' })).status,
};

for (const interim of ['100 Continue', '103 Early Hints']) {
  const seen = [];
  for (const [name, ask] of Object.entries(clients)) seen.push(`${name} ${await answering(interim, ask)}`);
  console.log(`${interim}: ${seen.join(', ')}`);
}
process.exit(0);
JS
node look.js | tee seen
diff seen - <<'SEEN'
100 Continue: node:http 200, undici.request UND_ERR_SOCKET bad response, fetch UND_ERR_SOCKET bad response
103 Early Hints: node:http 200, undici.request 200, fetch 200
SEEN
