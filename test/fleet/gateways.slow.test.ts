import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { buy, newKey, readyAnalysis } from '../support/purchases/buying.ts';
import { gapsBetween, startDatabaseLog } from '../support/postgres/database-log.ts';
import { makeTasks, member, openSocket, recordReads } from '../support/fleet/fleet.ts';
import { runSql } from '../support/postgres/postgres-store.ts';
import { startPulse } from '../support/processes/pulse.ts';
import { finishTask, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { useFleets } from '../support/fleet/use-fleets.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';

const fleetOf = useFleets();

it('a webhook at one instance reaches watchers at every instance within a second', async () => {
  const fleet = await fleetOf(3, { ...WEBHOOK_ENV, POLL_MIN_MS: '60000', POLL_MAX_MS: '60000' });
  const { upstream } = fleet;
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const ids = await makeTasks(fleet, analysis, 30);
  const tokens = upstream.requestsTo('createTask').map((create) => tokenOf(create));
  const sockets = fleet.gateways.map((gateway) => openSocket(gateway));
  const watchers = new Map(ids.map((id) => [id, sockets.map((socket) => socket.watch(id))]));
  const all = [...watchers.values()].flat();
  await until(() => all.every(({ states }) => states.length > 0));
  const pulse = startPulse(fleet.gateways);
  const rungAt = new Map<string, number>();
  for (const [number, id] of [...ids].sort().entries()) {
    finishTask(upstream, id);
    rungAt.set(id, Date.now());
    await ring(member(fleet, 0), tokens[number] ?? '', { _id: id, status: 3 });
  }
  await until(() => all.every((watcher) => watcher.isDone()));
  const delays = ids.flatMap((id) =>
    (watchers.get(id) ?? []).map(
      ({ states }) => (states.at(-1)?.at ?? Infinity) - (rungAt.get(id) ?? 0),
    ),
  );
  await pulse.stop();
  expect(delays).toHaveLength(90);
  expect(Math.max(...delays)).toBeLessThan(pulse.allow(1000));
  for (const { states } of all) {
    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
  }

  // One that rings everywhere is not read by each of them.
  const recorded = recordReads(upstream);
  const [id = ''] = await makeTasks(fleet, analysis, 1);
  const token = tokenOf(upstream.requestsTo('createTask').at(-1));
  const begunAt = Date.now();
  let lastAt = begunAt;
  for (let number = 0; number < 24; number += 1) {
    lastAt = Date.now();
    const claim = { _id: id, status: 2, url: `https://example.com/${number}` };
    await Promise.all([ring(member(fleet, number % 3), token, claim), sleep(100)]);
  }
  const open = 'select digest from callback where open = 1';
  await until(async () => (await runSql(fleet.database, open)).length === 0);
  expect(recorded.reads.at(-1)?.at).toBeGreaterThanOrEqual(lastAt);
  // One at once and one each second after, as at one instance; three that know nothing of each other make it thrice as many.
  const seconds = Math.ceil((lastAt - begunAt) / 1000);
  expect(recorded.reads.length).toBeLessThanOrEqual(3 + seconds);
});

it('a task watched everywhere is polled by one instance at a time', async () => {
  const interval = 1000;
  const fleet = await fleetOf(3, { POLL_MIN_MS: String(interval), POLL_MAX_MS: '4000' });
  const { upstream } = fleet;
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const log = await startDatabaseLog(fleet.database);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 60);
  const sockets = fleet.gateways.map((gateway) => openSocket(gateway));
  const watchers = ids.flatMap((id) => sockets.map((socket) => socket.watch(id)));
  const readsOf = (id: string): number => recorded.reads.filter((read) => read.id === id).length;
  await until(() => ids.every((id) => readsOf(id) >= 5));
  const reads = new Map(ids.map((id) => [id, readsOf(id)]));
  const claims = await log.claims();
  const gaps = gapsBetween(claims);
  expect(gaps.length).toBeGreaterThanOrEqual(240);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.9 * interval);
  // Nobody reads without having claimed.
  for (const [id, count] of reads) {
    expect(count).toBeLessThanOrEqual(claims.filter((claim) => claim.id === id).length);
  }
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
});

it('the same key at all instances at once buys once, and everybody gets the task', async () => {
  const fleet = await fleetOf(3);
  const { upstream } = fleet;
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
  const { upstream } = fleet;
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

interface Edge {
  readonly node: { readonly id: string; readonly version: number };
}
