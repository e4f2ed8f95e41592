import { Client, fetchExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { askOverFetch } from 'head-swap-client/ask';
import { overWebSocket } from 'head-swap-client/over-web-socket';
import { createConnection } from './connection.ts';

const endpoint = new URL('/graphql', location.href);

/** Queries and mutations. There is no cache: what a job is comes from watching it. */
export const client = new Client({
  url: endpoint.href,
  preferGetMethod: false,
  exchanges: [fetchExchange],
  requestPolicy: 'network-only',
});

/** For the uploads of the client package. */
export const ask = askOverFetch({ url: endpoint.href });

export const connection = createConnection();

const sockets = createClient({
  url: endpoint.href.replace(/^http/, 'ws'),
  keepAlive: 12_000,
  // The watches come back by themselves, each after what it has seen last.
  retryAttempts: 0,
  on: { connected: () => connection.report('live') },
});

/** One WebSocket for everything that is watched. */
export const subscribe = overWebSocket(sockets);
