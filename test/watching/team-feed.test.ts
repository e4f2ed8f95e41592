import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Answer,
  type Gateway,
} from '../support/gateway/gateway.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import {
  completeAnalysis,
  createTask,
  envFor,
  finishTask,
  WATCH_TASK,
} from '../support/gateway/stories.ts';

const FEED =
  'subscription($after: ID) { jobStatusChanged(after: $after) { cursor job { id status } } }';

let upstream: ScriptedUpstream;
let gateway: Gateway;
let analysis: string;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  analysis = await completeAnalysis(gateway, upstream);
});

afterEach(stopGateways);

const told = ({ data }: Answer): string =>
  `${data.jobStatusChanged.job.id} ${data.jobStatusChanged.job.status}`;

async function cursorNow(): Promise<string> {
  const { data } = await gateway.ask('{ jobStatusCursor }');
  return data.jobStatusCursor;
}

async function finish(task: string): Promise<void> {
  finishTask(upstream, task);
  await gateway.watch(WATCH_TASK, { id: task }).done;
}

it('without a cursor begins with every unfinished job, then tells each change', async () => {
  const done = await createTask(gateway, analysis);
  await finish(done);
  const first = await createTask(gateway, analysis);
  const second = await createTask(gateway, analysis);
  const feed = gateway.watch(FEED);
  await feed.count(2);
  expect(feed.events.map(told)).toEqual([`${first} QUEUED`, `${second} QUEUED`]);
  await finish(second);
  await feed.count(3);
  expect(feed.events.map(told)[2]).toBe(`${second} COMPLETED`);
});

it('with a cursor tells every job changed since, once, in its latest state, ended ones too', async () => {
  const cursor = await cursorNow();
  const first = await createTask(gateway, analysis);
  const second = await createTask(gateway, analysis);
  await finish(first);
  const feed = gateway.watch(FEED, { after: cursor });
  await feed.count(2);
  expect(feed.events.map(told)).toEqual([`${second} QUEUED`, `${first} COMPLETED`]);
});

it('goes on without a gap from any event’s cursor, also after a restart', async () => {
  const start = await cursorNow();
  const tasks = [];
  for (let number = 0; number < 4; number += 1) tasks.push(await createTask(gateway, analysis));
  const feed = gateway.watch(FEED, { after: start });
  await feed.count(2);
  const cursor = feed.events[1]?.data.jobStatusChanged.cursor;
  const { folder } = gateway;
  await gateway.stop();
  gateway = await startGateway({ env: envFor(upstream), folder });
  const again = gateway.watch(FEED, { after: cursor });
  await again.count(2);
  expect(again.events.map(told)).toEqual(tasks.slice(2).map((task) => `${task} QUEUED`));
});

it('gives a second dashboard its own beginning', async () => {
  const task = await createTask(gateway, analysis);
  const one = gateway.watch(FEED);
  await one.count(1);
  const other = gateway.watch(FEED);
  await other.count(1);
  expect(other.events.map(told)).toEqual([`${task} QUEUED`]);
});

it('leaves foreign jobs out', async () => {
  const foreign = '6a066dc58570ecbf64f7eeee';
  upstream.setTask(foreign, { status: 2, progress: 5 });
  const cursor = await cursorNow();
  await gateway.ask(`{ headSwapTask(id: "${foreign}") { id } }`);
  expect(await cursorNow()).toBe(cursor);
  const feed = gateway.watch(FEED, { after: cursor });
  const task = await createTask(gateway, analysis);
  await feed.count(1);
  expect(feed.events.map(told)).toEqual([`${task} QUEUED`]);
  const { data } = await gateway.ask('{ headSwapTasks { edges { node { id } } } }');
  expect(data.headSwapTasks.edges).toEqual([{ node: { id: task } }]);
});

it('refuses a cursor that is not ours', async () => {
  const other = await startGateway({ env: envFor(upstream) });
  const { data } = await other.ask('{ jobStatusCursor }');
  const place = JSON.parse(Buffer.from(await cursorNow(), 'base64url').toString());
  const later = JSON.stringify([...place.slice(0, -1), place.at(-1) + 1]);
  const notYet = Buffer.from(later).toString('base64url');
  for (const after of ['nonsense', '', data.jobStatusCursor, notYet]) {
    await expect(gateway.watch(FEED, { after }).done).rejects.toMatchObject([
      {
        message: expect.stringMatching(/^Argument "after" is not a cursor of this feed\./),
        extensions: { code: 'INVALID_INPUT' },
      },
    ]);
  }
});

it('pages lists newest first, without gaps or repeats', async () => {
  const tasks: string[] = [];
  for (let number = 0; number < 7; number += 1) tasks.unshift(await createTask(gateway, analysis));
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const { data } = await gateway.ask(
      'query($after: String) { headSwapTasks(first: 3, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }',
      { after },
    );
    seen.push(...data.headSwapTasks.edges.map(({ node }: { node: { id: string } }) => node.id));
    after = data.headSwapTasks.pageInfo.hasNextPage ? data.headSwapTasks.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toEqual(tasks);
  const { data } = await gateway.ask(
    `{ analysis(id: "${analysis}") { headSwapTasks(first: 2) { edges { node { id } } } } }`,
  );
  expect(
    data.analysis.headSwapTasks.edges.map(({ node }: { node: { id: string } }) => node.id),
  ).toEqual(tasks.slice(0, 2));
});
