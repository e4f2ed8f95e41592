import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import {
  makeTasks,
  member,
  openSocket,
  readyAnalysis,
  recordReads,
  startFleet,
  type Fleet,
} from '../support/fleet.ts';
import { removeFolders } from '../support/folder.ts';
import { killGateways } from '../support/gateway-process.ts';
import { cutWakeUps } from '../support/postgres-store.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import * as scripted from '../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';
import { taskInput } from '../support/stories.ts';
import { until } from '../support/until.ts';
import { CREATE } from '../support/buying.ts';

// Several processes start in each test.
vi.setConfig({ testTimeout: 60_000 });

let server: PostgresServer;
let upstream: ScriptedUpstream;
let database: string;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

afterEach(async () => {
  await killGateways();
  await upstream.stop();
  removeFolders();
});

async function fleetOf(size: number, env: Record<string, string> = {}): Promise<Fleet> {
  upstream = await startScriptedUpstream();
  database = await server.newDatabase();
  return startFleet(database, upstream, size, env);
}

const ready = async (gateway: { readonly url: string }) => {
  const response = await fetch(`${gateway.url}/ready`);
  return { status: response.status, ...(await response.json()) };
};

it('notifications that are lost delay by a sweep at most', async () => {
  const fleet = await fleetOf(2, { POLL_MIN_MS: '300', POLL_MAX_MS: '300' });
  const [a, b] = [member(fleet, 0), member(fleet, 1)];
  const analysis = await readyAnalysis(a, upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 10);
  const watchers = [a, b].flatMap((gateway) => {
    const socket = openSocket(gateway);
    return ids.map((id) => socket.watch(id));
  });
  await until(() => watchers.every(({ states }) => states.length > 0));
  let cutting = true;
  const cut = (async () => {
    while (cutting) {
      await cutWakeUps(database);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await until(async () => (await ready(b)).degraded?.includes('wake-ups'));
  expect((await ready(b)).status).toBe(200);
  const finishedAt = Date.now();
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
  expect(Date.now() - finishedAt).toBeLessThan(8000);
  cutting = false;
  await cut;
  await until(async () => (await ready(b)).degraded.length === 0);
});

it('a database restart: the known is told, nothing is bought, subscriptions stay, and all goes on within 10 s', async () => {
  const fleet = await fleetOf(2);
  const [a, b] = [member(fleet, 0), member(fleet, 1)];
  const analysis = await readyAnalysis(a, upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 4);
  const watchers = [a, b].flatMap((gateway) => {
    const socket = openSocket(gateway);
    return ids.map((id) => socket.watch(id));
  });
  await until(() => watchers.every(({ states }) => states.length > 0));
  const bought = upstream.requestsTo('createTask').length;
  await server.kill();
  await until(async () => (await ready(a)).status === 503);
  const task = `{ headSwapTask(id: "${ids[0] ?? ''}") { status observedAt } }`;
  const { data } = await a.ask(task);
  expect(data.headSwapTask).toMatchObject({ status: 'PROCESSING' });
  expect(Date.parse(data.headSwapTask.observedAt)).toBeLessThan(Date.now());
  const refused = await a.ask(CREATE, { input: taskInput(analysis) });
  expect(refused.errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
  for (const id of ids) recorded.finish(id);
  expect(watchers.map((watcher) => watcher.closeCode())).toEqual(watchers.map(() => null));
  await server.start();
  const startedAt = Date.now();
  await until(async () => (await ready(a)).status === 200);
  await until(() => watchers.every((watcher) => watcher.isDone()));
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(upstream.requestsTo('createTask')).toHaveLength(bought);
});

it('clocks that are wrong by five minutes change nothing', async () => {
  const skewed = fileURLToPath(new URL('../support/skewed-clock.mjs', import.meta.url));
  const interval = 1000;
  const fleet = await fleetOf(1, { POLL_MIN_MS: String(interval), POLL_MAX_MS: '3000' });
  const wrong = { NODE_OPTIONS: `--import ${skewed}` };
  await Promise.all(
    [300_000, -300_000].map((skew) => fleet.add({ ...wrong, CLOCK_SKEW_MS: String(skew) })),
  );
  const analysis = await readyAnalysis(member(fleet, 1), upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 12);
  const watchers = fleet.gateways.flatMap((gateway) => {
    const socket = openSocket(gateway);
    return ids.map((id) => socket.watch(id));
  });
  await until(() => ids.every((id) => recorded.reads.filter((read) => read.id === id).length >= 4));
  const gaps = recorded.gaps();
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.8 * interval);
  expect(Math.max(...gaps)).toBeLessThan(3 * interval);
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
});

it('the read budget holds for all instances together, and so does a pause', async () => {
  const perSecond = 20;
  const fleet = await fleetOf(3, {
    POLL_MIN_MS: '500',
    POLL_MAX_MS: '500',
    POLL_BUDGET_PER_SECOND: String(perSecond),
  });
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 90);
  const since = Date.now();
  await until(() => recorded.reads.filter(({ at }) => at > since).length >= 4 * perSecond);
  const starts = recorded.reads.map(({ at }) => at).filter((at) => at > since);
  const busiest = Math.max(
    ...starts.map((start) => starts.filter((at) => at >= start && at < start + 1000).length),
  );
  // A read is counted when it arrives, somewhat after it was granted; three budgets of their own would make it 60.
  expect(busiest).toBeLessThanOrEqual(perSecond * 1.5);
  const seconds = (Date.now() - since) / 1000;
  expect(starts.length).toBeLessThanOrEqual(perSecond * (seconds + 1));
  expect(new Set(recorded.reads.map(({ id }) => id)).size).toBeGreaterThan(perSecond);

  const refusals: number[] = [];
  upstream.always('task', (exchange) => {
    refusals.push(Date.now());
    scripted.code(1005, 'Too frequent', { 'retry-after': '3' })(exchange);
  });
  await until(() => refusals.length > 0);
  const pausedAt = Date.now();
  await until(() => Date.now() - pausedAt > 2500);
  // What was on its way when the first refusal came.
  expect(refusals.filter((at) => at > pausedAt + 500)).toEqual([]);
  expect(ids.length).toBe(90);
});

it('a holder that stands still is taken over, and what it says when it wakes up changes nothing', async () => {
  const fleet = await fleetOf(2, { POLL_MIN_MS: '300', POLL_MAX_MS: '600' });
  const [a, b] = [member(fleet, 0), member(fleet, 1)];
  const analysis = await readyAnalysis(a, upstream);
  const recorded = recordReads(upstream, 200);
  const ids = await makeTasks(fleet, analysis, 20);
  const [atA, atB] = [a, b].map((gateway) => {
    const socket = openSocket(gateway);
    return ids.map((id) => socket.watch(id));
  });
  await until(() => [...(atA ?? []), ...(atB ?? [])].every(({ states }) => states.length > 0));
  await until(() => recorded.reads.length > 60);
  process.kill(a.pid, 'SIGSTOP');
  const stoppedAt = Date.now();
  await until(() =>
    ids.every((id) => recorded.reads.some((read) => read.id === id && read.at > stoppedAt + 500)),
  );
  expect(Date.now() - stoppedAt).toBeLessThan(20_000);
  for (const id of ids) recorded.finish(id);
  await until(() => (atB ?? []).every((watcher) => watcher.isDone()));
  process.kill(a.pid, 'SIGCONT');
  await until(() => (atA ?? []).every((watcher) => watcher.isDone()));
  for (const { states } of [...(atA ?? []), ...(atB ?? [])]) {
    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
    expect(states.at(-1)?.status).toBe('COMPLETED');
  }
});
