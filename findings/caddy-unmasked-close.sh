#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12) as reverse proxy of a WebSocket server, Node 20.20.2 with ws 8.18.3, all on loopback.
#
# When Caddy reloads, it says goodbye to both sides of every WebSocket with the same four bytes, 88 02 03 e9: a close frame with 1001.
# To the client that is right. To the server Caddy is the client, and RFC 6455 (5.1) wants every frame of a client masked: the server has
# to fail the connection. ws answers with 1002, Caddy passes this on, and where it is faster than Caddy's own frame, the client sees 1002
# "protocol error" for what no client did. graphql-ws's client takes 1002 for final and never connects again. Seen with 1 to 3 of 800
# sockets. Newer versions of Caddy (2.6.3) mask the frame.
#
# Seen: to the client: 880203e9
#       to the server: 880203e9 (no mask), which ws answers with WS_ERR_EXPECTED_MASK
#
# Ends with 0 when the server gets the frame without a mask. Needs caddy (apt-get install caddy), npm and Node.
set -euo pipefail
command -v caddy > /dev/null || { echo 'caddy is not installed' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export HOME="$folder"
caddy version
npm init -y > /dev/null
npm install --silent --no-fund --no-audit ws@8.18.3

cat > look.mjs <<'JS'
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

async function freePort() {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  await once(taken, 'close');
  return port;
}

const http = createServer().listen(0, '127.0.0.1');
await once(http, 'listening');
const toServer = [];
let refused = 'nothing';
new WebSocketServer({ server: http }).on('connection', (socket, request) => {
  request.socket.on('data', (bytes) => toServer.push(bytes));
  socket.on('error', ({ code }) => (refused = code));
});

const [port, admin] = [await freePort(), await freePort()];
// Another file each time: Caddy does not load one that it has.
const write = (name) =>
  writeFileSync(
    'Caddyfile',
    `{
  admin 127.0.0.1:${admin}
}
http://127.0.0.1:${port} {
  header x-name ${name}
  reverse_proxy 127.0.0.1:${http.address().port}
}
`,
  );
write('first');
const configuration = ['--config', 'Caddyfile', '--adapter', 'caddyfile'];
const caddy = spawn('caddy', ['run', ...configuration], { stdio: 'ignore' });
for (let up = false; !up; ) {
  const probe = connect(port, '127.0.0.1');
  up = await once(probe, 'connect').then(
    () => true,
    () => false,
  );
  probe.destroy();
  if (!up) await new Promise((resolve) => setTimeout(resolve, 50));
}

const client = new WebSocket(`ws://127.0.0.1:${port}`);
const toClient = [];
client.on('upgrade', ({ socket }) => socket.on('data', (bytes) => toClient.push(bytes)));
await once(client, 'open');
write('second');
execFileSync('caddy', ['reload', ...configuration], { stdio: 'ignore' });
await once(client, 'close');
caddy.kill();
await once(caddy, 'exit');

const first = Buffer.concat(toServer).subarray(0, 4).toString('hex');
console.log(`to the client: ${Buffer.concat(toClient).subarray(0, 4).toString('hex')}`);
console.log(`to the server: ${first}; ws says ${refused}`);
process.exit(first === '880203e9' && refused === 'WS_ERR_EXPECTED_MASK' ? 0 : 1);
JS
node look.mjs
