import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  makeTasks,
  member,
  openSocket,
  readyAnalysis,
  recordReads,
  startFleet,
} from '../support/fleet.ts';
import { removeFolders } from '../support/folder.ts';
import { killGateways } from '../support/gateway-process.ts';
import { newDatabase } from '../support/shared-postgres.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';
import { until } from '../support/until.ts';

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(async () => {
  await killGateways();
  removeFolders();
});
afterAll(async () => {
  await upstream.stop();
});

const KILLS = 10;
const TAKEN_OVER_WITHIN_MS = 20_000;

it('ten kills in a row: every job is taken over within 20 s, and reaches its end once', async () => {
  const fleet = await startFleet(await newDatabase(), upstream, 3, {
    POLL_MIN_MS: '500',
    POLL_MAX_MS: '1000',
  });
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
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
  expect(Math.max(...recorded.gaps())).toBeLessThan(TAKEN_OVER_WITHIN_MS);
  const socket = openSocket(member(fleet, KILLS));
  const watchers = ids.map((id) => socket.watch(id));
  await until(() => watchers.every(({ states }) => states.length > 0));
  for (const id of ids) recorded.finish(id);
  await until(() => watchers.every((watcher) => watcher.isDone()));
  for (const { states } of watchers) {
    expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
  }
  expect(upstream.requestsTo('createTask')).toHaveLength(60);
}, 90_000);
