import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { connectRaw } from '../conformance/support/raw-socket.ts';
import { runStorm } from '../endurance/storm.ts';
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
import { API_KEY, envFor, finishTask, WATCH_TASK } from '../support/gateway/stories.ts';
import { untilClosed } from '../support/processes/until-closed.ts';
import { until } from '../support/processes/until.ts';

/** Watchers that want too much, say nonsense, go without a word or come all at once. */

const MOST = 100;

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;
let made = 0;
/** A task for each test, made elsewhere. */
let task: string;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await spawnGateway(newFolder(), envFor(upstream));
});
beforeEach(() => {
  made += 1;
  task = `6a066dc58570ecbf64f7b00${made}`;
  upstream.setTask(task, { status: 2, progress: 5 });
});
afterAll(async () => {
  await killGateways();
  await upstream.stop();
  removeFolders();
});

const subscribe = (id: string, query = WATCH_TASK) => ({
  id,
  type: 'subscribe',
  payload: { query, variables: { id: task } },
});

it('5,000 subscriptions on one socket: 100 run, the others are refused one by one, and all of the 100 are told the end once', async () => {
  const greedy = await connectRaw(gateway.url);
  const modest = await connectRaw(gateway.url);
  modest.send(subscribe('w'));
  await modest.next();
  for (let number = 0; number < 5_000; number += 1) greedy.send(subscribe(`w${number}`));
  await until(() => greedy.inbox.length >= 5_000);
  const first = greedy.inbox.splice(0);
  const refused = first.filter(({ type }) => type === 'error');
  expect(refused).toHaveLength(5_000 - MOST);
  expect(
    refused.every(({ payload }) => JSON.stringify(payload).includes('"code":"RATE_LIMITED"')),
  ).toBe(true);
  expect(new Set(first.map(({ id }) => id)).size).toBe(5_000);

  finishTask(upstream, task);
  await until(() => greedy.inbox.length >= 2 * MOST);
  const ends = greedy.inbox.splice(0);
  expect(ends.filter(({ type }) => type === 'complete')).toHaveLength(MOST);
  const told = ends.filter(({ type }) => type === 'next');
  expect(new Set(told.map(({ id }) => id)).size).toBe(MOST);
  expect(told.every(({ payload }) => JSON.stringify(payload).includes('COMPLETED'))).toBe(true);
  expect((await modest.next()).payload).toMatchObject({
    data: { headSwapTaskStatusChanged: { status: 'COMPLETED' } },
  });
  greedy.send(subscribe('again'));
  expect((await greedy.next()).type).toBe('next');
  expect(gateway.output()).not.toContain(API_KEY);
});

it('garbage, huge frames and broken documents harm nobody but their sender', async () => {
  const modest = await connectRaw(gateway.url);
  modest.send(subscribe('w'));
  await modest.next();
  const closings: (readonly [string, number])[] = [
    ['x'.repeat(10 * 1024 * 1024), 1009],
    ['\u0000\ud800', 4400],
    ['{"id":"1","type":"subscribe","payload":{"query":7}}', 4400],
    ['['.repeat(60_000), 4400],
  ];
  for (const [frame, code] of closings) {
    const rude = await connectRaw(gateway.url);
    rude.webSocket.on('error', () => undefined);
    rude.send(frame);
    expect([frame.slice(0, 20), (await rude.closed).code]).toEqual([frame.slice(0, 20), code]);
  }
  modest.send(subscribe('broken', 'subscription { headSwapTaskStatusChanged(id: "canary-4711'));
  expect(await modest.next()).toMatchObject({
    id: 'broken',
    type: 'error',
    payload: [{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }],
  });
  finishTask(upstream, task);
  expect((await modest.next()).payload).toMatchObject({
    data: { headSwapTaskStatusChanged: { status: 'COMPLETED' } },
  });
  expect(await modest.next()).toMatchObject({ id: 'w', type: 'complete' });
});

it('a peer that only closes its own half is gone: the job it watched is read no more', async () => {
  const reads = (): number =>
    upstream.requestsTo('task').filter(({ path }) => path.endsWith(task)).length;
  const half = await connectRaw(gateway.url);
  half.send(subscribe('w'));
  await half.next();
  await until(() => reads() >= 3);
  half.connection.end();
  await untilClosed(half.connection);
  expect(half.inbox.every(({ type }) => type === 'next')).toBe(true);
  // A job made elsewhere that nobody watches is put to rest at the next look.
  await until(async () => {
    const before = reads();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return reads() === before;
  });
});

/** A small one of what `npx tsx scripts/endurance.ts storm` does with 10,000. */
it('150 watchers whose gateway was killed come back at once, cost the reads of one, and are told the end once', async () => {
  const { ends, completed, reads, intervals } = await runStorm(150);
  expect(completed).toBe(150);
  expect(ends.filter((times) => times !== 1)).toEqual([]);
  expect(reads).toBeLessThanOrEqual(intervals + 1);
});
