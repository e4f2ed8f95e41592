import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { envFor, finishTask, WATCH_TASK } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** What a reconnect storm looked like from outside. */
export interface StormReport {
  /** From the moment the new process listens until every watcher has the present state again, in ms. */
  readonly backWithinMs: number;
  /** Connections that were tried and did not come about, or were turned away. */
  readonly failedAttempts: number;
  /** The slowest answer of `/health` during the storm, in ms. */
  readonly slowestHealthMs: number;
  /** Reads of the task that all watch, in the storm, and how many intervals it lasted. */
  readonly reads: number;
  readonly intervals: number;
  /** How often each watcher was told the final state; how many streams completed after it. */
  readonly ends: readonly number[];
  readonly completed: number;
}

const TASK = '6a066dc58570ecbf64f7c001';
const POLL_MS = 400;

interface StormWatcher {
  state: 'away' | 'watching' | 'done';
  ends: number;
  socket: WebSocket | null;
}

/**
 * So many watchers of one task, each on a socket of its own, lose a gateway that is killed and all come back at once when the
 * next process listens at the same port. Each takes one file descriptor here and one
 * there.
 */
export async function runStorm(watchers: number): Promise<StormReport> {
  const upstream = await startScriptedUpstream();
  const folder = newFolder();
  const pace = { POLL_MIN_MS: String(POLL_MS), POLL_MAX_MS: String(POLL_MS) };
  const env = { ...envFor(upstream), ...pace };
  upstream.setTask(TASK, { status: 2, progress: 5 });
  let gateway = await spawnGateway(folder, env);
  const { port } = new URL(gateway.url);
  const all: StormWatcher[] = Array.from({ length: watchers }, () => ({
    state: 'away',
    ends: 0,
    socket: null,
  }));
  let failedAttempts = 0;
  const watch = async (watcher: StormWatcher): Promise<void> => {
    for (;;) {
      if (await begin(gateway.url, watcher)) return;
      failedAttempts += 1;
      await pause(100 + Math.random() * 900);
    }
  };

  try {
    for (let first = 0; first < watchers; first += 200) {
      await Promise.all(all.slice(first, first + 200).map(watch));
    }
    await gateway.end('SIGKILL');
    await until(() => all.every(({ state }) => state === 'away'));
    failedAttempts = 0;

    gateway = await spawnGateway(folder, { ...env, PORT: port });
    const readsBefore = upstream.requestsTo('task').length;
    const beganAt = performance.now();
    let slowestHealthMs = 0;
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const askedAt = performance.now();
        await fetch(`${gateway.url}/health`);
        slowestHealthMs = Math.max(slowestHealthMs, performance.now() - askedAt);
        await pause(20);
      }
    })();
    await Promise.all(all.map(watch));
    const backWithinMs = performance.now() - beganAt;
    isOver = true;
    await asking;
    const reads = upstream.requestsTo('task').length - readsBefore;

    finishTask(upstream, TASK);
    await until(() => all.every(({ state }) => state === 'done'));
    return {
      backWithinMs,
      failedAttempts,
      slowestHealthMs,
      reads,
      intervals: Math.ceil(backWithinMs / POLL_MS),
      ends: all.map(({ ends }) => ends),
      completed: all.filter(({ state }) => state === 'done').length,
    };
  } finally {
    for (const { socket } of all) socket?.terminate();
    await killGateways();
    await upstream.stop();
    removeFolders();
  }
}

/** Connects and subscribes; resolves to whether the watcher was told a state. */
function begin(url: string, watcher: StormWatcher): Promise<boolean> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  watcher.socket = socket;
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (watcher.state === 'watching') watcher.state = 'away';
      resolve(false);
    });
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      if (text.includes('"type":"connection_ack"')) {
        const payload = { query: WATCH_TASK, variables: { id: TASK } };
        socket.send(JSON.stringify({ id: 'w', type: 'subscribe', payload }));
        return;
      }
      if (text.includes('"type":"complete"')) {
        watcher.state = 'done';
        return;
      }
      if (!text.includes('"type":"next"')) {
        socket.terminate();
        return;
      }
      if (text.includes('COMPLETED')) watcher.ends += 1;
      watcher.state = 'watching';
      resolve(true);
    });
  });
}
