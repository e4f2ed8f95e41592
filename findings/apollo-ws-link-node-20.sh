#!/usr/bin/env bash
# @apollo/client 4.3.8 with graphql-ws 6.4.2 on Node 20: a GraphQL error that answers a subscription never reaches the subscriber.
# GraphQLWsLink compares every error with the global classes of the browser's WebSocket. Node 20 has no global WebSocket, and
# the `webSocketImpl` that graphql-ws was given is not looked at. So the error handler itself throws "ReferenceError: WebSocket is
# not defined", graphql-ws takes that for a bad message and closes the socket with 4004. With
# `globalThis.WebSocket = WebSocket` of the package ws the same program is told the error.
# Exits with 0 while that is so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --silent --no-audit --no-fund --save-exact \
  @apollo/client@4.3.8 graphql-ws@6.4.2 graphql@16.15.0 rxjs@7.8.2 ws@8.23.0
cat > program.js <<'JS'
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';

delete globalThis.WebSocket;
if (process.argv[2] === 'with-global') globalThis.WebSocket = WebSocket;
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
let closedWith = null;
server.on('connection', (socket) => {
  socket.on('close', (code) => (closedWith = code));
  socket.on('message', (data) => {
    const { id, type } = JSON.parse(String(data));
    if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
    if (type === 'subscribe')
      socket.send(JSON.stringify({ id, type: 'error', payload: [{ message: 'no such job' }] }));
  });
});
await new Promise((resolve) => server.on('listening', resolve));
const url = `ws://127.0.0.1:${server.address().port}`;
const ws = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
const client = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(ws) });
const told = await new Promise((resolve) => {
  client.subscribe({ query: gql`subscription { job }` }).subscribe({
    next: ({ error }) => resolve(error?.message),
    error: (error) => resolve(error?.message ?? String(error)),
  });
});
await ws.dispose();
await new Promise((resolve) => setTimeout(resolve, 200));
console.log(`${told} | closed with ${closedWith}`);
process.exit(0);
JS
without=$(node program.js without)
with=$(node program.js with-global)
echo "without a global WebSocket: $without"
echo "with one:                   $with"
[[ $without != *'no such job'* && $without == *'4004'* && $with == *'no such job'* ]]
