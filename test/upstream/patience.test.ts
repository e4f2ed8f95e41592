import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../src/domain/job.ts';
import { clientOf, ANY_TIME, ORDER } from '../support/akool/akool-client.ts';
import { openSocket } from '../support/fleet/fleet.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { startJobEngine, keyOf, PACE } from '../support/jobs/start-job-engine.ts';
import { taskSeen } from '../support/akool/observations.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor, finishTask } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** An AKOOL that goes on for too long, says too much, or asks for time. */

const MB = 1024 * 1024;
const ID = '6a066d03625746c797390f55';

let upstream: ScriptedUpstream;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});
afterEach(async () => {
  await killGateways();
  await upstream.stop();
  removeFolders();
});

describe('an answer of 200 MB is cut soon after the first', () => {
  it.each(['task', 'createTask'] as const)('%s', async (endpoint) => {
    const connections: Socket[] = [];
    upstream.always(endpoint, (exchange) => {
      connections.push(exchange.socket);
      scripted.huge(200 * MB)(exchange);
    });
    const client = clientOf(upstream.url);
    const outcome: unknown =
      endpoint === 'task'
        ? await client.readHeadSwapTask(ID).catch((error: unknown) => error)
        : await client.createHeadSwapTask(ORDER, ANY_TIME);
    expect(outcome).toMatchObject(
      endpoint === 'task' ? { kind: 'protocol' } : { outcome: 'unknown' },
    );
    await until(() => connections.every(({ destroyed }) => destroyed));
    expect(connections).toHaveLength(1);
    // What the system holds on the way is the rest.
    expect(connections[0]?.bytesWritten).toBeLessThan(20 * MB);
    await client.close();
  });
});

it('a job that never ends is looked at ever more rarely, and whoever watches it after an hour is told its end', async () => {
  const reads: number[] = [];
  let hasEnded = false;
  const heart = await startJobEngine({
    readTask(id) {
      reads.push(heart.clock.now());
      const outputUrl = 'https://example.com/output/result.mp4';
      return Promise.resolve(
        hasEnded ? taskSeen({ id, status: 'COMPLETED', outputUrl }) : taskSeen({ id }),
      );
    },
  });
  await heart.make(['a']);
  heart.poll();
  await heart.clock.advance(3_600_000);
  const gaps = reads.slice(1).map((at, index) => at - (reads[index] ?? 0));
  expect(gaps[0]).toBeLessThan(2 * PACE.minMs);
  // At the longest interval once it is some minutes old, and never beyond it.
  const slack = 3_000;
  expect(Math.min(...gaps.slice(60))).toBeGreaterThanOrEqual(0.9 * PACE.maxMs);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(PACE.maxMs + slack);

  const told: Job[] = [];
  const leave = heart.hub.listen(keyOf('a'), (job) => told.push(job));
  hasEnded = true;
  await heart.clock.advance(PACE.maxMs + slack);
  expect(told.map(({ status }) => status)).toEqual(['COMPLETED']);
  leave();
  await heart.stop();
});

it('told to slow down about one job, the gateway reads none of the account for that long, then goes on', async () => {
  const PAUSE_MS = 2_000;
  const gateway = await spawnGateway(newFolder(), envFor(upstream));
  const ids = Array.from({ length: 5 }, (_, number) => `6a066dc58570ecbf64f7e00${number}`);
  for (const id of ids) upstream.setTask(id, { status: 2, progress: 5 });
  const socket = openSocket(gateway);
  const watchers = ids.map((id) => socket.watch(id));
  await until(() => watchers.every(({ states }) => states.length > 0));

  const taken = upstream.requestsTo('task').length;
  const slower = scripted.code(1005, 'too frequent', { 'retry-after': String(PAUSE_MS / 1_000) });
  upstream.next('task', slower);
  await upstream.received('task', taken + 1);
  for (const id of ids) finishTask(upstream, id);
  const toldAt = performance.now();
  const before = upstream.requestsTo('task').length;
  await until(() => watchers.every((watcher) => watcher.isDone()));
  // Those that were on their way when it was told may have brought an end; somebody had to wait.
  expect(performance.now() - toldAt).toBeGreaterThan(PAUSE_MS * 0.9);
  expect(upstream.requestsTo('task').length - before).toBeLessThanOrEqual(2 * ids.length);
  for (const { states } of watchers) {
    expect(states.map(({ status }) => status)).toEqual(['PROCESSING', 'COMPLETED']);
  }
  await socket.close();
});
