import { expect, it } from 'vitest';
import { readyAnalysis } from '../support/purchases/buying.ts';
import { gapsBetween, startDatabaseLog } from '../support/postgres/database-log.ts';
import { makeTasks, member, openSocket, recordReads } from '../support/fleet/fleet.ts';
import { until } from '../support/processes/until.ts';
import { useFleets } from '../support/fleet/use-fleets.ts';

const fleetOf = useFleets();

const KILLS = 10;
const TAKEN_OVER_WITHIN_MS = 20_000;

it('ten kills in a row: every job is taken over within 20 s, and reaches its end once', async () => {
  const fleet = await fleetOf(3, {
    POLL_MIN_MS: '500',
    POLL_MAX_MS: '1000',
  });
  const { upstream } = fleet;
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const log = await startDatabaseLog(fleet.database);
  // Slow answers, so that each kill hits jobs that are being read.
  const recorded = recordReads(upstream, 500);
  const ids = await makeTasks(fleet, analysis, 60);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = recorded.reads.length;
    await Promise.all([member(fleet, kill).end('SIGKILL'), fleet.add()]);
    await until(() => recorded.reads.length > before);
  }
  const lastKill = Date.now();
  await until(() =>
    ids.every((id) => recorded.reads.some((read) => read.id === id && read.at > lastKill)),
  );
  expect(Date.now() - lastKill).toBeLessThan(TAKEN_OVER_WITHIN_MS);
  expect(Math.max(...gapsBetween(await log.claims()))).toBeLessThan(TAKEN_OVER_WITHIN_MS);
  const socket = openSocket(member(fleet, KILLS));
  const watchers = ids.map((id) => socket.watch(id));
  await until(() => watchers.every(({ states }) => states.length > 0));
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
  for (const { states } of watchers) {
    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
  }
  expect(upstream.requestsTo('createTask')).toHaveLength(60);
});
