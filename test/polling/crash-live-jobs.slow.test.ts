import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { made, task } from '../store/contract/store-harness.ts';
import { openSocket, recordReads } from '../support/fleet/fleet.ts';
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
import { envFor } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** A start with very many unfinished jobs, every one of which was due while the gateway was away. */

const JOBS = 10_000;
const PER_SECOND = 100;
const READY_MS = 5_000;
/** What a start takes with nothing to do, at least. */
const START_MS = 500;

let upstream: ScriptedUpstream;

afterEach(async () => {
  await killGateways();
  await upstream.stop();
  removeFolders();
});

const idOf = (number: number): string => number.toString(16).padStart(24, '0');

/** Leaves a database with the jobs, all of them due for long. */
async function fill(folder: string): Promise<void> {
  const nothing = (): void => undefined;
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const url = `file:${join(folder, 'gateway.db')}`;
  const store = await openSqliteStore({ url, clock: systemClock, log });
  const jobs = Array.from({ length: JOBS }, (_, number) => task('default', idOf(number)));
  for (let first = 0; first < JOBS; first += 1_000) {
    const due = { dueAt: 1_000 };
    await store.writeJobs(jobs.slice(first, first + 1_000).map((job) => made(job, due)));
  }
  await store.close();
}

async function startReady(
  folder: string,
  env: Record<string, string>,
): Promise<{ gateway: GatewayProcess; tookMs: number }> {
  const startedAt = performance.now();
  const gateway = await spawnGateway(folder, env);
  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 200);
  return { gateway, tookMs: performance.now() - startedAt };
}

it('with 10,000 live jobs it is ready within 5 s, reads them within its budget, those watched first, and serves meanwhile', async () => {
  upstream = await startScriptedUpstream();
  const read = recordReads(upstream);
  const folder = newFolder();
  await fill(folder);
  const env = { ...envFor(upstream), POLL_BUDGET_PER_SECOND: String(PER_SECOND) };

  // What a busy machine takes to start any gateway at all does not count, nor does a moment in which it is busier.
  let gateway: GatewayProcess | null = null;
  let first = 0;
  const reads = () => read.reads.slice(first);
  for (let tries = 0; tries < 3 && gateway === null; tries += 1) {
    const empty = await startReady(newFolder(), env);
    await empty.gateway.end('SIGKILL');
    first = read.reads.length;
    const full = await startReady(folder, env);
    if (full.tookMs - empty.tookMs < READY_MS - START_MS) gateway = full.gateway;
    else await full.gateway.end('SIGKILL');
  }
  if (gateway === null) throw new Error(`Not ready within ${READY_MS} ms`);

  const last = idOf(JOBS - 1);
  const socket = openSocket(gateway);
  const watcher = socket.watch(last);
  await until(() => watcher.states.length > 0);
  read.finish(last);
  const { data } = await gateway.ask('{ headSwapTasks(first: 100) { edges { node { id } } } }');
  expect(data.headSwapTasks.edges).toHaveLength(100);
  await until(() => watcher.isDone());
  expect(watcher.states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
  // The others had not all had their turn by then: what is watched does not wait for them.
  expect(reads().length).toBeLessThan(JOBS / 2);

  await until(() => reads().length >= 3 * PER_SECOND);
  const seen = reads();
  const times = seen.map(({ at }) => at).toSorted((one, other) => one - other);
  for (const [index, at] of times.entries()) {
    // A second's worth at once, another that met it on the way, and then no more than the budget.
    expect(index).toBeLessThan(PER_SECOND * (2 + (at - (times[0] ?? 0)) / 1_000));
  }
  const unwatched = seen.filter(({ id }) => id !== last).map(({ id }) => id);
  expect(new Set(unwatched).size).toBe(unwatched.length);
  await socket.close();
});
