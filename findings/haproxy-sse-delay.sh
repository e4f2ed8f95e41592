#!/usr/bin/env bash
# HAProxy 2.6.12 (Debian 12) in HTTP mode, Node 20.20.2 on both sides, all on loopback.
#
# Server-sent events that a server writes one by one reach the client 0.2 s late each, and so does the head of the answer. The connection
# is idle otherwise: nothing is behind or in front of an event. A WebSocket is not delayed, since HAProxy makes a tunnel of it.
# `option http-no-delay` in the frontend takes the delay away.
#
# Seen: as it comes:   head 209 ms, each of five events 204 to 213 ms late
#       http-no-delay: head 0 ms, each event 0 to 1 ms late
#
# Ends with 0 when every event is 150 ms late or more without the option, and at least one is less than 100 ms late with it. Needs haproxy
# (apt-get install haproxy) and Node.
set -euo pipefail
PATH="$PATH:/usr/sbin"
command -v haproxy > /dev/null || { echo 'haproxy is not installed' >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
haproxy -v | head -1

cat > look.mjs <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { connect } from 'node:net';

const EVENTS = 5;
const written = [];
const server = createServer((request, response) => {
  written.length = 0;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
  written.push(performance.now());
  const timer = setInterval(() => {
    response.write(`data: ${written.length}\n\n`);
    written.push(performance.now());
    if (written.length > EVENTS) clearInterval(timer);
  }, 500);
}).listen(0, '127.0.0.1');
await once(server, 'listening');

async function freePort() {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  await once(taken, 'close');
  return port;
}

/** How late the head and each event came, in ms. */
async function lateness(option) {
  const port = await freePort();
  writeFileSync(
    'haproxy.cfg',
    `defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
frontend front
  bind 127.0.0.1:${port}
  ${option}
  default_backend back
backend back
  server one 127.0.0.1:${server.address().port}
`,
  );
  const haproxy = spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { stdio: 'ignore' });
  for (let up = false; !up; ) {
    const socket = connect(port, '127.0.0.1');
    up = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
  }
  const came = [];
  const request = get({ host: '127.0.0.1', port, path: '/', agent: false });
  const [response] = await once(request, 'response');
  came.push(performance.now());
  await new Promise((resolve) => {
    response.on('data', () => {
      came.push(performance.now());
      if (came.length > EVENTS) resolve();
    });
  });
  response.on('error', () => undefined);
  request.destroy();
  haproxy.kill();
  await once(haproxy, 'exit');
  return came.map((at, n) => Math.round(at - written[n]));
}

const asItComes = await lateness('');
const without = await lateness('option http-no-delay');
console.log(`as it comes:   head ${asItComes[0]} ms, events ${asItComes.slice(1).join(', ')} ms late`);
console.log(`http-no-delay: head ${without[0]} ms, events ${without.slice(1).join(', ')} ms late`);
const isAsSeen = Math.min(...asItComes.slice(1)) >= 150 && Math.min(...without.slice(1)) < 100;
process.exit(isAsSeen ? 0 : 1);
JS
node look.mjs
