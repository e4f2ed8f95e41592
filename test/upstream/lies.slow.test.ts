import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Gateway,
} from '../support/gateway/gateway.ts';
import {
  answer,
  closeAfterReading,
  code,
  cutShort,
  gzipBomb,
  html,
  huge,
  json,
  resetAfterReading,
  success,
  type ScriptedAnswer,
} from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import {
  API_KEY,
  completeAnalysis,
  createTask,
  envFor,
  finishTask,
  WATCH_TASK,
} from '../support/gateway/stories.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;
let task: string;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  task = await createTask(gateway, await completeAnalysis(gateway, upstream));
});

afterEach(async () => {
  if (gateway.logs.join('').includes(API_KEY)) throw new Error('The API key is in the log.');
  await stopGateways();
});

/**
 * Answers task reads with this until so many came, then truly, and finishes the task: what a
 * watcher is told meanwhile.
 */
async function watchThrough(lie: ScriptedAnswer, lies = 3): Promise<Record<string, unknown>[]> {
  const watching = gateway.watch(WATCH_TASK, { id: task });
  await watching.count(1);
  upstream.always('task', lie);
  await upstream.received('task', upstream.requestsTo('task').length + lies);
  finishTask(upstream, task);
  upstream.always('task', null);
  await watching.done;
  return watching.events.map(({ data }) => data.headSwapTaskStatusChanged);
}

const data =
  (fields: Record<string, unknown>): ScriptedAnswer =>
  ({ request, ...exchange }) =>
    success({
      _id: new URL(request.path, 'http://upstream').searchParams.get('_id'),
      source_video_url: 'https://example.com/videos/source.mp4',
      ...fields,
    })({ request, ...exchange });

describe('a watcher is told the truth, once, whatever a read answered before', () => {
  const lies: Record<string, ScriptedAnswer> = {
    'HTML with 200': html(200),
    'HTML with 502': html(502),
    'a truncated body': cutShort('{"code":1000,"msg":"OK","data":{"_id":"x"}}'),
    'a reset connection': resetAfterReading,
    'a closed connection': closeAfterReading,
    '50 MB': huge(50 * 1024 * 1024),
    'a gzip bomb': gzipBomb(50 * 1024 * 1024, {}),
    'JSON 100,000 levels deep': answer('['.repeat(100_000)),
    'another job': success({
      _id: '6a066dc58570ecbf64f7ffff',
      status: 3,
      video_url: 'https://x.test/',
    }),
    'no data': json({ code: 1000, msg: 'OK' }),
    'data null': success(null),
    'data as an array': success([]),
    'a code in words': json({ code: 'OK', msg: 'OK', data: {} }),
    'an unknown status': data({ status: 99 }),
    'status 0': data({ status: 0 }),
    'a status in words': data({ status: 'done', video_url: 'https://example.com/lie.mp4' }),
    'status null': data({ status: null }),
    'status 3 without a URL': data({ status: 3, video_url: '' }),
    'a prototype key': json(
      JSON.parse('{"code":1000,"msg":"OK","data":{"__proto__":{"status":3}}}'),
    ),
    'code 1005': code(1005, 'too frequent', { 'retry-after': '1' }),
    'code 2001': code(2001),
    'an undocumented code': code(4242),
    'code 1101': code(1101),
    'code 1014 after it was seen': code(1014),
  };
  it.each(Object.entries(lies))('%s', async (_name, lie) => {
    const states = await watchThrough(lie, 1);
    expect(states.at(-1)).toMatchObject({
      status: 'COMPLETED',
      outputUrl: 'https://example.com/output/result.mp4',
    });
    for (const { status, outputUrl } of states.slice(0, -1)) {
      expect(['QUEUED', 'PROCESSING']).toContain(status);
      expect(outputUrl).toBeNull();
    }
  });
});

it('a status that goes back is never shown', async () => {
  const watching = gateway.watch(WATCH_TASK, { id: task });
  await watching.count(1);
  upstream.setTask(task, { status: 2, progress: 60 });
  await watching.count(2);
  upstream.setTask(task, { status: 1, progress: 5 });
  await upstream.received('task', upstream.requestsTo('task').length + 3);
  finishTask(upstream, task);
  await watching.done;
  const shown = watching.events.map(({ data: event }) => event.headSwapTaskStatusChanged);
  expect(shown.map(({ status }) => status)).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED']);
  expect(shown.map(({ progress }) => progress)).toEqual([0, 60, 100]);
});

it('a finished task stays as it ended, and ten aliases of it cost no read', async () => {
  finishTask(upstream, task);
  await gateway.watch(WATCH_TASK, { id: task }).done;
  upstream.setTask(task, { status: 4, error_reason: 'changed its mind' });
  const reads = upstream.requests.length;
  const aliases = Array.from(
    { length: 10 },
    (_, number) =>
      `t${number}: headSwapTask(id: "${task}") { status outputUrl failure { reason } }`,
  );
  const told = await gateway.ask(`{ ${aliases.join(' ')} }`);
  for (const state of Object.values(told.data)) {
    expect(state).toEqual({
      status: 'COMPLETED',
      outputUrl: 'https://example.com/output/result.mp4',
      failure: null,
    });
  }
  expect(upstream.requests.length).toBe(reads);
});

it('ten queries at once for a live task are one read, and none more within the interval', async () => {
  // Long enough for a busy machine to ask all ten within it.
  const patient = await startGateway({
    env: { ...envFor(upstream), POLL_MIN_MS: '30000', POLL_MAX_MS: '30000' },
  });
  const foreign = '6a066dc58570ecbf64f7bbbb';
  upstream.setTask(foreign, { status: 2, progress: 5 });
  const query = `{ headSwapTask(id: "${foreign}") { status analysis { id } mappings { faceUrl } } }`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => patient.ask(query)));
  for (const { data: told } of answers) {
    expect(told.headSwapTask).toEqual({ status: 'PROCESSING', analysis: null, mappings: null });
  }
  await patient.ask(query);
  const reads = upstream.requestsTo('task').filter(({ path }) => path.endsWith(foreign));
  expect(reads.length).toBe(1);
});

it('a job we know is answered when AKOOL is away; one we do not know is AKOOL_UNAVAILABLE, never null', async () => {
  upstream.connectionMode = 'reset';
  upstream.always('task', resetAfterReading);
  const known = await gateway.ask(`{ headSwapTask(id: "${task}") { status observedAt } }`);
  expect(known.errors).toBeUndefined();
  expect(known.data.headSwapTask.status).toBe('QUEUED');
  const unknown = await gateway.ask('{ headSwapTask(id: "6a066dc58570ecbf64f7cccc") { status } }');
  expect(unknown.errors?.[0]?.extensions['code']).toBe('AKOOL_UNAVAILABLE');
});

it('an id that AKOOL does not know is null', async () => {
  const told = await gateway.ask(
    '{ headSwapTask(id: "6a066dc58570ecbf64f7dddd") { status } analysis(id: "../../etc") { id } }',
  );
  expect(told).toEqual({ data: { headSwapTask: null, analysis: null } });
});

it('a key that AKOOL echoes is not passed on', async () => {
  upstream.setTask(task, { status: 4, error_reason: `bad key ${API_KEY}`, error_code: 77 });
  const watching = gateway.watch(WATCH_TASK, { id: task });
  await watching.done;
  const failure = watching.events.at(-1)?.data.headSwapTaskStatusChanged.failure;
  expect(failure.code).toBe(77);
  expect(failure.reason).not.toContain(API_KEY);
});
