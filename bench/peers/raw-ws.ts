import { createServer } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { port } from './support/environment.ts';
import { followTasks, serveFollow } from './support/followed-tasks.ts';
import type { Task } from './support/task.ts';

/** The limit: the bytes of graphql-transport-ws over `ws` alone. Nothing is checked; an event is serialised once. */

interface Watcher {
  readonly socket: WebSocket;
  readonly start: string;
}

const PING_MS = 12_000;

const watchers = new Map<string, Set<Watcher>>();
const payloadOf = ({ id, status, progress, outputUrl }: Task): string =>
  JSON.stringify({ data: { headSwapTaskStatusChanged: { id, status, progress, outputUrl } } });

const tasks = followTasks((task) => {
  const all = watchers.get(task.id);
  if (all === undefined) return;
  const end = `${payloadOf(task)}}`;
  for (const { socket, start } of all) socket.send(start + end);
});

const server = createServer((request, response) => {
  if (request.url === '/follow') void serveFollow(request, response, tasks);
  else response.end();
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on('connection', (socket) => {
  const mine = new Map<string, () => void>();
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as {
      type: string;
      id?: string;
      payload?: { variables?: { id?: string } };
    };
    if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}');
    const subscription = message.id ?? '';
    if (message.type === 'complete') mine.get(subscription)?.();
    if (message.type !== 'subscribe') return;
    const task = message.payload?.variables?.id ?? '';
    const watcher = { socket, start: `{"id":"${subscription}","type":"next","payload":` };
    const all = watchers.get(task) ?? new Set();
    watchers.set(task, all.add(watcher));
    mine.set(subscription, () => all.delete(watcher));
    tasks.follow(task);
    const present = tasks.latest(task);
    if (present !== undefined) socket.send(`${watcher.start}${payloadOf(present)}}`);
  });
  socket.on('close', () => {
    for (const leave of mine.values()) leave();
  });
});

setInterval(() => {
  for (const socket of sockets.clients) socket.ping();
}, PING_MS);

server.listen(port, '127.0.0.1');
