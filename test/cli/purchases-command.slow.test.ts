import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buy, readyAnalysis, resultOf, submit, VIDEO } from '../support/purchases/buying.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { programOf } from '../support/processes/programs.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { API_KEY, envFor, finishTask, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** `npm run purchases` as a process of its own, beside a gateway that has the database; here as operators run it. */
const SHIPPED = fileURLToPath(new URL('../../dist/cli/purchases.js', import.meta.url));
const ID = '6a066dc58570ecbf64f70051';

let upstream: ScriptedUpstream;
let env: Record<string, string>;
let gateway: Gateway;
let analysis: string;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  // Longer than a command may take to start.
  env = { ...envFor(upstream), UPSTREAM_TIMEOUT_MS: '15000' };
  gateway = await startGateway({ env });
  analysis = await readyAnalysis(gateway, upstream);
});

afterEach(async () => {
  await stopGateways();
  await upstream.stop();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function purchases(
  args: readonly string[],
  { folder } = gateway,
  more: Record<string, string> = {},
  program = programOf('purchases'),
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
      ...(folder === gateway.folder && env),
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  expect(out + err).not.toContain(API_KEY);
  return { code, out, err };
}

const face = 'https://example.com/faces/face.png?signature=secret';

/** Buys with a lost answer; the input. */
async function lose(key?: string): Promise<ReturnType<typeof taskInput>> {
  const input = { ...taskInput(analysis, key), mappings: [{ objId: 0, faceUrl: face }] };
  upstream.next('createTask', scripted.resetAfterReading);
  expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  return input;
}

describe('the list', () => {
  it('tells what is unknown, since when, and what was ordered, without secrets', async () => {
    expect(await purchases([], gateway, {}, SHIPPED)).toEqual({
      code: 0,
      out: 'No create has an unknown outcome.\n',
      err: '',
    });
    await buy(gateway, taskInput(analysis));
    const { idempotencyKey } = await lose();
    upstream.next('analyze', scripted.code(2001));
    await submit(gateway, { videoUrl: `${VIDEO}?token=secret`, idempotencyKey: 'of an analysis' });
    const { code, out, err } = await purchases([]);
    expect([code, err]).toEqual([0, '']);
    const [table = '', advice] = out.split('\n\n');
    expect(advice).toMatch(/compare\s+the account's debits/);
    const [headings, ...lines] = table.trim().split('\n');
    expect(headings).toMatch(/^TEAM +MUTATION +KEY +STATE +SINCE +CREDITS BEFORE +NOW +ORDERED$/);
    expect(lines.length).toBe(2);
    expect(lines[0]).toContain(`createHeadSwapTask  ${idempotencyKey}`);
    expect(lines[0]).toContain(
      `task from analysis ${analysis}: 0=https://example.com/faces/face.png?… (P720, akool-premium)`,
    );
    expect(lines[1]).toContain(`analysis of ${VIDEO}?…`);
    expect(out).not.toMatch(/secret/);
  });

  it('is told as JSON, and of one team or mutation', async () => {
    const { idempotencyKey } = await lose();
    const { out } = await purchases(['--json']);
    const rows: unknown = JSON.parse(out);
    expect(rows).toEqual([
      {
        team: 'default',
        mutation: 'createHeadSwapTask',
        key: idempotencyKey,
        state: 'UNKNOWN',
        since: expect.stringMatching(/^\d{4}-.*Z$/),
        creditsBefore: 1_000,
        creditsNow: 1_000,
        ordered: {
          analysisId: analysis,
          mappings: [{ objId: 0, faceUrl: 'https://example.com/faces/face.png?…' }],
          resolution: 'P720',
          modelName: 'akool-premium',
        },
      },
    ]);
    for (const which of [
      ['--team', 'another'],
      ['--mutation', 'submitAnalysis'],
    ]) {
      expect((await purchases(['--json', ...which])).out).toBe('[]\n');
    }
  });
});

describe('settle', () => {
  it('reads the task back, and the running gateway answers the key with it and polls it to its end', async () => {
    const input = await lose();
    const key = input.idempotencyKey;
    upstream.setTask(ID, { status: 2, progress: 30, source_video_url: VIDEO });
    const { code, out, err } = await purchases(['settle', key, ID], gateway, {}, SHIPPED);
    const settled = `Settled: the key ${key} now answers with ${ID}, which is PROCESSING.\n`;
    expect([code, out]).toEqual([0, settled]);
    expect(JSON.parse(err)).toMatchObject({
      level: 'info',
      team: 'default',
      mutation: 'createHeadSwapTask',
      key,
      job: ID,
      msg: 'A create was settled by hand',
    });
    expect(await buy(gateway, input)).toEqual({ __typename: 'HeadSwapTask', id: ID });
    const { data } = await gateway.ask(
      '{ headSwapTasks { edges { node { id analysis { id } mappings { faceUrl } } } } }',
    );
    expect(data.headSwapTasks.edges).toEqual([
      { node: { id: ID, analysis: { id: analysis }, mappings: [{ faceUrl: face }] } },
    ]);
    const reads = upstream.requestsTo('task').length;
    await upstream.received('task', reads + 2);
    finishTask(upstream, ID);
    await until(async () => {
      const answer = await gateway.ask('{ headSwapTasks { edges { node { status } } } }');
      return answer.data.headSwapTasks.edges[0].node.status === 'COMPLETED';
    });
    expect(upstream.requestsTo('createTask').length).toBe(1);
    expect((await purchases([])).out).toBe('No create has an unknown outcome.\n');
  });

  it('refuses what is not the task that was ordered, and changes nothing', async () => {
    const input = await lose();
    const key = input.idempotencyKey;
    const owner = await buy(gateway, taskInput(analysis));
    upstream.setTask(ID, { status: 2, source_video_url: 'https://example.com/other.mp4' });
    const refusals = [
      [['settle', key, ID], /of another video/],
      [['settle', key, 'unheard-of'], /AKOOL knows no such head swap task/],
      [['settle', key, String(owner.id)], /belongs to the create with the key/],
      [['settle', 'another key', ID], /No create with this key/],
      [['settle', key, ID, '--mutation', 'submitAnalysis'], /No create with this key/],
    ] as const;
    for (const [args, reason] of refusals) {
      const { code, out, err } = await purchases(args);
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(reason);
    }
    upstream.always('task', scripted.html(503));
    expect((await purchases(['settle', key, ID])).err).toMatch(/could not be read back/);
    expect(await resultOf(gateway, key)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  });

  it('of an analysis works alike', async () => {
    upstream.next('analyze', scripted.code(2001));
    const input = { videoUrl: VIDEO, idempotencyKey: 'k' };
    expect(await submit(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
    upstream.setAnalysis(ID, { status: 2, video_url: VIDEO });
    expect((await purchases(['settle', 'k', ID])).code).toBe(0);
    expect(await submit(gateway, input)).toEqual({ __typename: 'Analysis', id: ID });
  });

  it('asks which one, when a key is used in both mutations', async () => {
    const input = await lose('twice');
    upstream.next('analyze', scripted.code(2001));
    await submit(gateway, { videoUrl: VIDEO, idempotencyKey: 'twice' });
    upstream.setTask(ID, { status: 2, source_video_url: VIDEO });
    const { code, err } = await purchases(['settle', 'twice', ID]);
    expect(code).toBe(1);
    expect(err).toMatch(/--team and --mutation:\n {2}default createHeadSwapTask\n {2}default sub/);
    const told = await purchases(['settle', 'twice', ID, '--mutation', 'createHeadSwapTask']);
    expect(told.code).toBe(0);
    expect(await buy(gateway, input)).toMatchObject({ id: ID });
  });

  it('works without a gateway that runs, and the next one follows the task', async () => {
    const { idempotencyKey: key } = await lose();
    await gateway.stop();
    upstream.setTask(ID, { status: 2, source_video_url: VIDEO });
    expect((await purchases(['settle', key, ID])).code).toBe(0);
    finishTask(upstream, ID);
    gateway = await startGateway({ env, folder: gateway.folder });
    expect(await resultOf(gateway, key)).toMatchObject({ id: ID });
    await until(async () => {
      const { data } = await gateway.ask('{ headSwapTasks { edges { node { status } } } }');
      return data.headSwapTasks.edges[0].node.status === 'COMPLETED';
    });
  });
});

describe('abandon', () => {
  it.each([[[]], [['--yes']]])(
    'frees the key where there is no terminal to ask, with %j',
    async (flags) => {
      const input = await lose();
      const key = input.idempotencyKey;
      const { code, out, err } = await purchases(['abandon', key, ...flags]);
      expect([code, out]).toEqual([0, `Abandoned: the key ${key} may be used again.\n`]);
      expect(JSON.parse(err)).toMatchObject({ level: 'warn', key, team: 'default' });
      expect(await resultOf(gateway, key)).toBeNull();
      expect(await buy(gateway, { ...input, resolution: 'P480' })).toMatchObject({
        __typename: 'HeadSwapTask',
      });
    },
  );

  it('does not touch a create that is under way', async () => {
    const [answer, letGo] = scripted.held(scripted.success({ _id: ID, status: 1 }));
    upstream.next('createTask', answer);
    const input = taskInput(analysis);
    const asked = buy(gateway, input);
    await upstream.received('createTask', 1);
    for (const flags of [[], ['--yes']]) {
      const { code, err } = await purchases(['abandon', input.idempotencyKey, ...flags]);
      expect(code).toBe(1);
      expect(err).toMatch(/may still be under way/);
    }
    letGo();
    expect(await asked).toEqual({ __typename: 'HeadSwapTask', id: ID });
  });
});

it('on the sandbox a lost task is settled with the sandbox that the gateway started', async () => {
  const own = await startGateway({ env: { POLL_MIN_MS: '50', POLL_MAX_MS: '200' } });
  const videoUrl = 'https://example.com/lost-answer-lost-webhook.mp4';
  const { id } = await submit(own, { videoUrl });
  await own.watch('subscription($id: ID!) { analysisStatusChanged(id: $id) { id } }', { id }).done;
  const input = taskInput(String(id));
  expect(await buy(own, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  const state = readFileSync(join(own.folder, 'sandbox.jsonl'), 'utf8');
  const taskId = /"record":"task","id":"([0-9a-f]+)"/.exec(state)?.[1] ?? '';
  const { code, err } = await purchases(['settle', input.idempotencyKey, taskId], own);
  expect([code, JSON.parse(err)]).toEqual([0, expect.objectContaining({ job: taskId })]);
  expect(await buy(own, input)).toMatchObject({ id: taskId });
});
