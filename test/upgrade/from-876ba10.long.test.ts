import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventsTold } from '../support/gateway/events-told.ts';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { envFor } from '../support/gateway/stories.ts';
import { resetAfterReading } from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';
import { startOutputs } from '../support/media/outputs.ts';
import { startS3Server } from '../support/media/s3-server.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { buildRevision, isRevisionMissing } from '../support/processes/revision.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import { buy, orderOf, resultOf, submit, VIDEO } from '../support/purchases/buying.ts';

/** The last revision with the first version of the tables, which knows of no files. */
const REVISION = '876ba10';

/** The task whose create got no answer. */
const LOST = '6a066dc58570ecbf64f70051';

const asset = (name: string): Buffer =>
  readFileSync(new URL(`../../src/sandbox/files/assets/${name}`, import.meta.url));
const OUTPUT = asset('output.mp4');
const PREVIEW = asset('face.png');

const ANALYSES = `{ analyses { edges { cursor node {
  id status version progress createdAt videoUrl supportId
  persons { objId previewUrl } headSwapTasks { edges { node { id } } } } } } }`;
const TASKS = `{ headSwapTasks { edges { cursor node {
  id status version progress createdAt outputUrl sourceVideoUrl resolution modelName supportId
  analysis { id } mappings { faceUrl person { objId } } } } } }`;

const FEED = `subscription($after: ID) { jobStatusChanged(after: $after) { cursor job { id status version } } }`;
const WATCH = `subscription($id: ID!, $after: Int) { headSwapTaskStatusChanged(id: $id, after: $after) { id status } }`;

const given = useProcesses();
let folder = '';
let oldRevision = '';

/** What callers have in their hands when the old gateway ends. */
interface LeftBehind {
  readonly order: Readonly<Record<'ended' | 'live' | 'lost', ReturnType<typeof orderOf>>>;
  readonly ended: string;
  readonly live: string;
  readonly liveVersion: number;
  /** An analysis with a key, under way. */
  readonly pending: string;
  readonly pendingInput: object;
  /** Of the webhook of the lost create. */
  readonly token: string;
  /** Where the feed stood before `live` and `pending`. */
  readonly cursor: string;
  /** Whole answers: every job with its cursor. */
  readonly analyses: unknown;
  readonly tasks: unknown;
}

describe.skipIf(isRevisionMissing(REVISION))(`what ${REVISION} leaves behind goes on`, () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-revision-'));
    oldRevision = buildRevision(REVISION, folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['SQLite', 'SIGTERM'],
    ['SQLite', 'SIGKILL'],
    ['Postgres', 'SIGTERM'],
    ['Postgres', 'SIGKILL'],
  ] as const)('on %s, after %s', async (engine, signal) => {
    const { upstream } = given;
    const filesRead: string[] = [];
    const outputs = await startOutputs(upstream, ({ url = '' }, response) => {
      filesRead.push(url);
      response.end(url.endsWith('.mp4') ? OUTPUT : PREVIEW);
    });
    onTestFinished(() => outputs.stop());
    const env = {
      ...envFor(upstream),
      ...WEBHOOK_ENV,
      ...(engine === 'Postgres' && { DATABASE_URL: await newDatabase() }),
      // Where the files are trusted, too.
      AKOOL_BASE_URL: outputs.url,
    };
    const before = await spawnGateway(given.folder, env, [oldRevision]);
    const left = await leaveBehind(before, outputs.url);
    expect(await before.end(signal)).toBe(signal === 'SIGTERM' ? 0 : null);

    const bought = purchasesAt(upstream);
    const now = await spawnGateway(given.folder, {
      ...env,
      ...(engine === 'Postgres' && (await bucketEnv())),
    });
    await findAgain(now, left);
    await goOn(now, left, outputs.url);
    expect(purchasesAt(upstream)).toEqual(bought);
    expect(filesRead.toSorted()).toEqual([fileOf(LOST), fileOf(left.live)].toSorted());
    expect(await outputOf(now, left.ended)).toEqual({
      outputUrl: `${outputs.url}${fileOf(left.ended)}`,
      storedOutput: null,
    });
  });
});

const fileOf = (task: string): string => `/outputs/${task}.mp4`;

/** Every create that AKOOL got, whole. */
function purchasesAt(upstream: ScriptedUpstream): string[] {
  const creates = [...upstream.requestsTo('analyze'), ...upstream.requestsTo('createTask')];
  return creates.map(({ rawBody }) => rawBody.toString());
}

/** Environment with which several instances keep files. */
async function bucketEnv(): Promise<Record<string, string>> {
  const { endpoint, credentials, stop } = await startS3Server();
  onTestFinished(stop);
  return {
    MEDIA_URL: `s3://media/gateway?endpoint=${endpoint}&forcePathStyle=true`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

async function statusOf(gateway: GatewayProcess, field: string, id: string): Promise<string> {
  const { data } = await gateway.ask(`query($id: ID!) { ${field}(id: $id) { status } }`, { id });
  return data[field].status;
}

async function outputOf(gateway: GatewayProcess, id: string): Promise<Record<string, unknown>> {
  const query = 'query($id: ID!) { headSwapTask(id: $id) { outputUrl storedOutput { status } } }';
  return (await gateway.ask(query, { id })).data.headSwapTask;
}

async function leaveBehind(old: GatewayProcess, akool: string): Promise<LeftBehind> {
  const { upstream } = given;
  const analysis = String((await submit(old, { videoUrl: VIDEO })).id);
  const media = [0, 1].map((obj_id) => ({ obj_id, img_url: `${akool}/outputs/${obj_id}.png` }));
  upstream.setAnalysis(analysis, { status: 3, analysis_result: { media } });
  await until(async () => (await statusOf(old, 'analysis', analysis)) === 'COMPLETED');
  const order = {
    ended: orderOf('key-ended', analysis),
    live: orderOf('key-live', analysis),
    lost: orderOf('key-lost', analysis),
  };

  const ended = String((await buy(old, order.ended)).id);
  upstream.setTask(ended, { status: 3, progress: 100, video_url: `${akool}${fileOf(ended)}` });
  await until(async () => (await statusOf(old, 'headSwapTask', ended)) === 'COMPLETED');
  const { data } = await old.ask('{ jobStatusCursor }');

  const live = String((await buy(old, order.live)).id);
  upstream.setTask(live, { status: 2, progress: 30 });
  await until(async () => (await statusOf(old, 'headSwapTask', live)) === 'PROCESSING');
  const pendingInput = { videoUrl: VIDEO, idempotencyKey: 'key-pending' };
  const pending = String((await submit(old, pendingInput)).id);
  upstream.next('createTask', resetAfterReading);
  expect(await buy(old, order.lost)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  const tasks = (await old.ask(TASKS)).data;
  return {
    order,
    ended,
    live,
    liveVersion: versionOf(tasks, live),
    pending,
    pendingInput,
    token: tokenOf(upstream.requestsTo('createTask').at(-1)),
    cursor: data.jobStatusCursor,
    analyses: (await old.ask(ANALYSES)).data,
    tasks,
  };
}

/** Every job and every key answers as it did. */
async function findAgain(now: GatewayProcess, left: LeftBehind): Promise<void> {
  expect((await now.ask(ANALYSES)).data).toEqual(left.analyses);
  expect((await now.ask(TASKS)).data).toEqual(left.tasks);
  for (const name of ['ended', 'live'] as const) {
    expect(await buy(now, left.order[name])).toEqual({
      __typename: 'HeadSwapTask',
      id: left[name],
    });
  }
  expect(await submit(now, left.pendingInput)).toEqual({
    __typename: 'Analysis',
    id: left.pending,
  });
  const unknown = { __typename: 'OutcomeUnknownError', idempotencyKey: 'key-lost' };
  expect(await buy(now, left.order.lost)).toMatchObject(unknown);
  expect(await resultOf(now, 'key-lost')).toMatchObject(unknown);
}

/** What was under way comes to its end, and watchers hear of it where they had stopped. */
async function goOn(now: GatewayProcess, left: LeftBehind, akool: string): Promise<void> {
  const { upstream } = given;
  const { live, pending } = left;
  const feed = eventsTold(now.url, FEED, { after: left.cursor });
  await until(() => feed.length >= 2);
  expect(feed.map(({ jobStatusChanged }) => jobStatusChanged.job.id).toSorted()).toEqual(
    [live, pending].toSorted(),
  );
  const task = eventsTold(now.url, WATCH, { id: live, after: left.liveVersion });

  upstream.setTask(live, { status: 3, progress: 100, video_url: `${akool}${fileOf(live)}` });
  upstream.setAnalysis(pending, { status: 3, analysis_result: { media: [] } });
  upstream.setTask(LOST, {
    status: 3,
    source_video_url: VIDEO,
    video_url: `${akool}${fileOf(LOST)}`,
  });
  await ring(now, left.token, { _id: LOST, status: 3 });
  for (const id of [live, LOST]) {
    await until(async () => {
      const { storedOutput } = await outputOf(now, id);
      return Reflect.get(Object(storedOutput), 'status') === 'STORED';
    });
  }
  await until(async () => (await statusOf(now, 'analysis', pending)) === 'COMPLETED');
  expect(await buy(now, left.order.lost)).toEqual({ __typename: 'HeadSwapTask', id: LOST });
  await until(() => task.length > 0);
  expect(task).toEqual([{ headSwapTaskStatusChanged: { id: live, status: 'COMPLETED' } }]);
  const endedIn = (id: string): boolean =>
    feed.some(({ jobStatusChanged: { job } }) => job.id === id && job.status === 'COMPLETED');
  await until(() => [live, pending, LOST].every(endedIn));
  expect(feed.some(({ jobStatusChanged: { job } }) => job.id === left.ended)).toBe(false);
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look at answers of any shape
function versionOf({ headSwapTasks }: any, id: string): number {
  return headSwapTasks.edges.find((edge: { node: { id: string } }) => edge.node.id === id).node
    .version;
}
