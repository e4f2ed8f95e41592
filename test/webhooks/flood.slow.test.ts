import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buy, readyAnalysis } from '../support/purchases/buying.ts';
import { openSocket } from '../support/fleet/fleet.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import {
  killGateways,
  spawnGateway,
  type GatewayProcess,
} from '../support/gateway/gateway-process.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { API_KEY, envFor, finishTask, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { post, sealed, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';

/** Very many webhooks, and webhooks that never end. */

const PER_SECOND = 1_000;
const SECONDS = 1;
const TASKS = 10;

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;
let analysis: string;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const hourly = { POLL_MIN_MS: '3600000', POLL_MAX_MS: '3600000' };
  gateway = await spawnGateway(newFolder(), { ...envFor(upstream), ...WEBHOOK_ENV, ...hourly });
  analysis = await readyAnalysis(gateway, upstream);
});
afterEach(() => upstream.always('task', null));
afterAll(async () => {
  agent.destroy();
  await killGateways();
  await upstream.stop();
  removeFolders();
});

async function bought(): Promise<{ id: string; token: string }> {
  const { id } = await buy(gateway, taskInput(analysis));
  return { id: String(id), token: tokenOf(upstream.requestsTo('createTask').at(-1)) };
}

/** Sends a body on a kept connection; the status of the answer. */
function send(token: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const url = `${gateway.url}/webhooks/akool/${token}`;
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const sending = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    sending.once('error', reject).end(body);
  });
}

it('a thousand a second, good, repeated and forged, are all answered; every watcher is told the true end once', async () => {
  const tasks: { id: string; token: string }[] = [];
  for (let number = 0; number < TASKS; number += 1) tasks.push(await bought());
  const socket = openSocket(gateway);
  const watchers = tasks.map(({ id }) => socket.watch(id));
  await until(() => watchers.every(({ states }) => states.length > 0));
  const goodOf = (url: string): string[] =>
    tasks.map(({ id }) => JSON.stringify(sealed({ _id: id, status: 3, url })));
  let good = goodOf('https://evil.example/');
  const statuses: Promise<number>[] = [];
  const expected: number[] = [];
  const readsBefore = upstream.requestsTo('task').length;
  const begunAt = performance.now();
  for (let number = 0; number < PER_SECOND * SECONDS; number += 1) {
    // Behind time because the machine is busy, it catches up.
    while (performance.now() - begunAt < (number / PER_SECOND) * 1_000) await pause(5);
    const place = number % TASKS;
    const { id, token } = tasks[place] ?? { id: '', token: '' };
    // In the middle of it they end, all of them. What was sent before is not followed up again.
    if (number === (PER_SECOND * SECONDS) / 2) {
      for (const task of tasks) finishTask(upstream, task.id);
      good = goodOf('https://evil.example/end');
    }
    const kind = Math.floor(number / TASKS) % 4;
    if (kind === 0) statuses.push(send(token, JSON.stringify(sealed({ _id: id, status: 2 }))));
    else if (kind === 1) statuses.push(send(token, good[place] ?? ''));
    else if (kind === 2) statuses.push(send(token, `{"signature":"${number}"}`));
    else statuses.push(send(`${token.slice(0, -6)}forged`, good[place] ?? ''));
    expected.push([200, 200, 400, 404][kind] ?? 0);
  }
  expect(await Promise.all(statuses)).toEqual(expected);
  const seconds = (performance.now() - begunAt) / 1_000;
  await until(() => watchers.every((watcher) => watcher.isDone()));
  for (const { states } of watchers) {
    expect(states.map(({ status }) => status)).toEqual(['QUEUED', 'COMPLETED']);
  }
  const reads = upstream.requestsTo('task').length - readsBefore;
  expect(reads).toBeLessThanOrEqual(TASKS * (Math.ceil(seconds) + 2));
  expect(gateway.output()).not.toMatch(/evil/);
  expect(gateway.output()).not.toContain(API_KEY);
  await socket.close();
});

it('one webhook a hundred times at once is one read-back', async () => {
  const { id, token } = await bought();
  finishTask(upstream, id);
  const before = upstream.requestsTo('task').length;
  const same = sealed({ _id: id, status: 3 });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => post(gateway, token, same).then(({ status }) => status)),
  );
  expect(new Set(answers)).toEqual(new Set([200]));
  await until(async () => {
    const { data } = await gateway.ask(`{ headSwapTask(id: "${id}") { status } }`);
    return data.headSwapTask.status === 'COMPLETED';
  });
  expect(upstream.requestsTo('task').length - before).toBe(1);
});

it('a hundred that never end, in the head or in the body, are cut after their time, and one that is honest is heard meanwhile', async () => {
  const { hostname, port } = new URL(gateway.url);
  const slow = await bought();
  const head = `POST /webhooks/akool/${slow.token} HTTP/1.1\r\nhost: x\r\n`;
  let open = 100;
  Array.from({ length: open }, (_, number) => {
    const socket = connect(Number(port), hostname);
    const isBody = number % 2 === 0;
    socket.write(isBody ? `${head}content-length: 5000\r\n\r\n{` : head);
    const timer = setInterval(() => socket.write(isBody ? ' ' : 'x-a: b\r\n'), 1_000);
    socket.on('error', () => undefined).resume();
    socket.once('close', () => {
      clearInterval(timer);
      open -= 1;
    });
    return socket;
  });
  const honest = await bought();
  finishTask(upstream, honest.id);
  const ring = sealed({ _id: honest.id, status: 3 });
  expect((await post(gateway, honest.token, ring)).status).toBe(200);
  const before = upstream.requestsTo('task').length;
  // 10 s for a head and 30 s for a request, and a while until that is looked at.
  await until(() => open === 0);
  expect(upstream.requestsTo('task').length - before).toBeLessThanOrEqual(1);
});
