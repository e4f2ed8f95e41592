import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { CREATE, readyAnalysis } from '../support/purchases/buying.ts';
import { gapsBetween, startDatabaseLog } from '../support/postgres/database-log.ts';
import { makeTasks, member, openSocket, recordReads } from '../support/fleet/fleet.ts';
import { cutWakeUps, runSql } from '../support/postgres/postgres-store.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { startPulse } from '../support/processes/pulse.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { useFleets } from '../support/fleet/use-fleets.ts';

const fleetOf = useFleets();

const ready = async (gateway: { readonly url: string }) => {
  const response = await fetch(`${gateway.url}/ready`);
  return { status: response.status, ...(await response.json()) };
};

it('notifications that are lost delay by a sweep at most', async () => {
  const fleet = await fleetOf(2, { POLL_MIN_MS: '300', POLL_MAX_MS: '300' });
  const { upstream, database } = fleet;
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
  const pulse = startPulse(fleet.gateways);
  const finishedAt = Date.now();
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
  const took = Date.now() - finishedAt;
  await pulse.stop();
  // A read is due within 300 ms, and a sweep comes each 3 s.
  expect(took).toBeLessThan(pulse.allow(4000));
  cutting = false;
  await cut;
  await until(async () => (await ready(b)).degraded.length === 0);
  await until(() => /do not arrive[^]*arrive again/.test(b.output()));
});

it('a database restart: the known is told, nothing is bought, subscriptions stay, and all goes on within 10 s', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const fleet = await fleetOf(2, {}, await server.newDatabase());
  const { upstream } = fleet;
  const [a, b] = [member(fleet, 0), member(fleet, 1)];
  const analysis = await readyAnalysis(a, upstream);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 4);
  const watchers = [a, b].flatMap((gateway) => {
    const socket = openSocket(gateway);
    return ids.map((id) => socket.watch(id));
  });
  await until(() =>
    watchers.every(({ states }) => states.some(({ status }) => status === 'PROCESSING')),
  );
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
  const pulse = startPulse(fleet.gateways);
  const startedAt = Date.now();
  await until(async () => (await ready(a)).status === 200);
  await until(() => watchers.every((watcher) => watcher.isDone()));
  const took = Date.now() - startedAt;
  await pulse.stop();
  expect(took).toBeLessThan(pulse.allow(10_000));
  expect(upstream.requestsTo('createTask')).toHaveLength(bought);
});

it('clocks that are wrong by five minutes change nothing', async () => {
  const skewed = fileURLToPath(new URL('../support/fleet/skewed-clock.mjs', import.meta.url));
  const [interval, longest] = [1000, 3000];
  const fleet = await fleetOf(1, {
    POLL_MIN_MS: String(interval),
    POLL_MAX_MS: String(longest),
  });
  const { upstream } = fleet;
  const wrong = { NODE_OPTIONS: `--import ${skewed}` };
  await Promise.all(
    [300_000, -300_000].map((skew) => fleet.add({ ...wrong, CLOCK_SKEW_MS: String(skew) })),
  );
  const analysis = await readyAnalysis(member(fleet, 1), upstream);
  const log = await startDatabaseLog(fleet.database);
  const recorded = recordReads(upstream);
  const ids = await makeTasks(fleet, analysis, 12);
  const watchers = fleet.gateways.flatMap((gateway) => {
    const socket = openSocket(gateway);
    return ids.map((id) => socket.watch(id));
  });
  await until(() => ids.every((id) => recorded.reads.filter((read) => read.id === id).length >= 4));
  const gaps = gapsBetween(await log.claims());
  expect(gaps.length).toBeGreaterThanOrEqual(36);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.9 * interval);
  // How late a read is depends on the machine; when it was to be does not.
  const plans = (await log.plans()).map(({ at, dueAt }) => dueAt - at);
  expect(plans.length).toBeGreaterThanOrEqual(36);
  expect(Math.max(...plans)).toBeLessThanOrEqual(1.1 * longest);
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
  const { upstream, database } = fleet;
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const log = await startDatabaseLog(database);
  const recorded = recordReads(upstream);
  await makeTasks(fleet, analysis, 90);
  await until(() => recorded.reads.length >= 4 * perSecond);
  const reads = recorded.reads.map(({ at }) => at);
  const grants = await log.grants();
  const busiest = Math.max(
    ...grants.map((start) => grants.filter((at) => at >= start && at < start + 1000).length),
  );
  expect(busiest).toBeLessThanOrEqual(perSecond);
  // Nobody reads without a grant, so the first reads are no earlier than as many grants.
  expect(reads.filter((at, place) => at < (grants[place] ?? Infinity))).toEqual([]);
  expect(new Set(recorded.reads.map(({ id }) => id)).size).toBeGreaterThan(perSecond);

  upstream.always('task', scripted.code(1005, 'Too frequent', { 'retry-after': '3' }));
  const shutAtLeast = 1000;
  let pause = { now: 0, until: 0 };
  await until(async () => {
    const account = await runSql<typeof pause>(
      database,
      `select floor(extract(epoch from statement_timestamp()) * 1000)::float8 as now,
         shut_until::float8 as until from account`,
    );
    pause = account[0] ?? pause;
    return pause.until - pause.now > shutAtLeast;
  });
  // It ends when it was to end, and until then nobody was granted a read.
  await until(async () => (await log.grants()).some((at) => at >= pause.until));
  const during = (await log.grants()).filter((at) => at > pause.now && at < pause.until);
  expect(during).toEqual([]);
});

it('a holder that stands still is taken over, and what it says when it wakes up changes nothing', async () => {
  const fleet = await fleetOf(2, { POLL_MIN_MS: '300', POLL_MAX_MS: '600' });
  const { upstream } = fleet;
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
