import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { buy, newKey, submit } from '../support/buying.ts';
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
import { json } from '../support/scripted-answers.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';
import { finishTask, taskInput } from '../support/stories.ts';
import { until } from '../support/until.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/webhooks.ts';

// Several processes start in each test.
vi.setConfig({ testTimeout: 60_000 });

let server: PostgresServer;
let upstream: ScriptedUpstream;

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
  return startFleet(await server.newDatabase(), upstream, size, env);
}

it('a webhook at one instance reaches watchers at every instance within a second', async () => {
  const fleet = await fleetOf(3, { ...WEBHOOK_ENV, POLL_MIN_MS: '60000', POLL_MAX_MS: '60000' });
  const analysis = await analysisAtOnce(fleet);
  const ids = await makeTasks(fleet, analysis, 30);
  const tokens = new Map(
    upstream.requestsTo('createTask').map((create, number) => [number, tokenOf(create)]),
  );
  const sockets = fleet.gateways.map((gateway) => openSocket(gateway));
  const watchers = ids.map((id) => sockets.map((socket) => socket.watch(id)));
  await until(() => watchers.flat().every(({ states }) => states.length > 0));
  const rungAt: number[] = [];
  for (const [number, id] of [...ids].sort().entries()) {
    finishTask(upstream, id);
    rungAt[ids.indexOf(id)] = Date.now();
    await ring(member(fleet, 0), tokens.get(number) ?? '', { _id: id, status: 3 });
  }
  await until(() => watchers.flat().every((watcher) => watcher.isDone()));
  const delays = watchers.flatMap((group, number) =>
    group.map(({ states }) => (states.at(-1)?.at ?? Infinity) - (rungAt[number] ?? 0)),
  );
  expect(delays).toHaveLength(90);
  expect(Math.max(...delays)).toBeLessThan(1000);
  for (const { states } of watchers.flat()) {
    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
  }
});

it('a task watched everywhere is polled by one instance at a time', async () => {
  const interval = 1000;
  const fleet = await fleetOf(3, { POLL_MIN_MS: String(interval), POLL_MAX_MS: '4000' });
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 60);
  const sockets = fleet.gateways.map((gateway) => openSocket(gateway));
  const watchers = ids.flatMap((id) => sockets.map((socket) => socket.watch(id)));
  await until(() => ids.every((id) => recorded.reads.filter((read) => read.id === id).length >= 5));
  const gaps = recorded.gaps();
  expect(gaps.length).toBeGreaterThanOrEqual(240);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.8 * interval);
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
});

it('the same key at all instances at once buys once, and everybody gets the task', async () => {
  const fleet = await fleetOf(3);
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const keys = Array.from({ length: 20 }, () => newKey());
  const outcomes = await Promise.all(
    keys.map((key) =>
      Promise.all(fleet.gateways.map((gateway) => buy(gateway, taskInput(analysis, key)))),
    ),
  );
  for (const [first, ...others] of outcomes) {
    expect(first?.__typename).toBe('HeadSwapTask');
    for (const other of others) expect(other).toEqual(first);
  }
  expect(new Set(outcomes.map(([first]) => first?.id)).size).toBe(20);
  expect(upstream.requestsTo('createTask')).toHaveLength(20);
});

it('a rolling SIGTERM closes sockets with 1001, exits 0, and loses nothing', async () => {
  const fleet = await fleetOf(2);
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 10);
  for (const old of fleet.gateways.slice(0, 2)) {
    const socket = openSocket(old);
    const before = ids.map((id) => socket.watch(id));
    await until(() => before.every(({ states }) => states.length > 0));
    await fleet.add();
    expect(await old.end('SIGTERM')).toBe(0);
    await until(() => before.every((watcher) => watcher.closeCode() === 1001));
  }
  const next = openSocket(member(fleet, 3));
  const seen = await member(fleet, 3).ask(
    '{ headSwapTasks(first: 50) { edges { node { id version } } } }',
  );
  const versions = new Map<string, number>(
    seen.data.headSwapTasks.edges.map(({ node }: Edge) => [node.id, node.version]),
  );
  const after = ids.map((id) => next.watch(id, versions.get(id) ?? null));
  for (const id of ids) recorded.finish(id);
  await until(() => after.every((watcher) => watcher.isDone()));
  for (const { states } of after) expect(states.map(({ status }) => status)).toEqual(['COMPLETED']);
});

/** An analysis that is complete when it is submitted; its id. Where polling is slow, nothing else would tell soon. */
async function analysisAtOnce(fleet: Fleet): Promise<string> {
  const id = '6a066d03625746c797390f55';
  const videoUrl = 'https://example.com/videos/source.mp4';
  const media = [{ obj_id: 0, img_url: null }];
  const data = { _id: id, status: 3, video_url: videoUrl, analysis_result: { media } };
  upstream.next('analyze', json({ code: 1000, msg: 'OK', data }));
  await submit(member(fleet, 0), { videoUrl });
  return id;
}

interface Edge {
  readonly node: { readonly id: string; readonly version: number };
}
