import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buy,
  CREATE,
  newKey,
  readyAnalysis,
  resultOf,
  submit,
  type Askable,
} from '../support/purchases/buying.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import {
  startGateway,
  startWithUpstream,
  stopGateways,
  type Answer,
  type Gateway,
} from '../support/gateway/gateway.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { envFor, submitAnalysis, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;
let analysis: string;

beforeEach(async () => {
  ({ upstream, gateway } = await startWithUpstream());
  analysis = await readyAnalysis(gateway, upstream);
});

afterEach(async () => {
  await stopGateways();
  removeFolders();
});

const creates = (): number => upstream.requestsTo('createTask').length;

describe('one key', () => {
  it('fifty times at once buys once, and all fifty get the same task', async () => {
    const input = taskInput(analysis);
    const bought = await Promise.all(Array.from({ length: 50 }, () => buy(gateway, input)));
    expect(creates()).toBe(1);
    expect(new Set(bought.map(({ id }) => id)).size).toBe(1);
    expect(new Set(bought.map(({ __typename }) => __typename))).toEqual(new Set(['HeadSwapTask']));
  });

  it('answers later, and after a restart, with the task in its present state', async () => {
    const input = taskInput(analysis);
    const { id } = await buy(gateway, input);
    upstream.setTask(String(id), { status: 3, video_url: 'https://example.com/o.mp4' });
    expect(await buy(gateway, input)).toMatchObject({ id });
    await gateway.stop();
    gateway = await startGateway({ env: envFor(upstream), folder: gateway.folder });
    const query = CREATE.replace('HeadSwapTask { id }', 'HeadSwapTask { id status outputUrl }');
    await until(async () => {
      const { data } = await gateway.ask(query, { input });
      return data.createHeadSwapTask.outputUrl === 'https://example.com/o.mp4';
    });
    expect(await resultOf(gateway, input.idempotencyKey)).toMatchObject({ id });
    expect(creates()).toBe(1);
  });

  it('with another input is a conflict: while the first is in flight, later, and after a restart', async () => {
    const input = taskInput(analysis);
    const others = [
      { ...input, resolution: 'P480' },
      { ...input, keepOriginalSound: false },
      { ...input, modelName: 'other' },
      { ...input, templateId: 't' },
      { ...input, mappings: [{ objId: 1, faceUrl: 'https://example.com/faces/face.png' }] },
      { ...input, mappings: [{ objId: 0, faceUrl: 'https://example.com/faces/face.png?' }] },
      { ...input, analysisId: 'another' },
    ];
    const accepted = scripted.success({ _id: '6a066dc58570ecbf64f70001', status: 1 });
    const [answer, letGo] = scripted.held(accepted);
    upstream.next('createTask', answer);
    const first = buy(gateway, input);
    await upstream.received('createTask', 1);
    const conflict = { __typename: 'IdempotencyConflictError' };
    for (const other of others) expect(await buy(gateway, other)).toMatchObject(conflict);
    letGo();
    expect(await first).toMatchObject({ __typename: 'HeadSwapTask' });
    for (const other of others) expect(await buy(gateway, other)).toMatchObject(conflict);
    await gateway.stop();
    gateway = await startGateway({ env: envFor(upstream), folder: gateway.folder });
    for (const other of others) expect(await buy(gateway, other)).toMatchObject(conflict);
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'HeadSwapTask' });
    expect(creates()).toBe(1);
  });

  it('with two inputs at once buys one of them', async () => {
    for (let round = 0; round < 20; round += 1) {
      const input = taskInput(analysis);
      const inputs = Array.from({ length: 6 }, (_, number) => ({
        ...input,
        resolution: number % 2 === 0 ? 'P480' : 'P720',
      }));
      const answers = await Promise.all(inputs.map((each) => buy(gateway, each)));
      const winners = new Set(answers.filter(({ id }) => id !== undefined).map(({ id }) => id));
      expect(winners.size).toBe(1);
      expect(answers.map(({ __typename }) => __typename)).toEqual(
        inputs.map((each) =>
          each.resolution === 'P480' ? 'HeadSwapTask' : 'IdempotencyConflictError',
        ),
      );
    }
    expect(creates()).toBe(20);
  });

  it('that is used never tells its own input of a conflict, whatever others ask at the same moment', async () => {
    const input = taskInput(analysis);
    const { id } = await buy(gateway, input);
    for (let round = 0; round < 20; round += 1) {
      const [other, own] = await Promise.all([
        buy(gateway, { ...input, resolution: 'P480' }),
        buy(gateway, input),
        resultOf(gateway, input.idempotencyKey),
      ]);
      expect(other).toMatchObject({ __typename: 'IdempotencyConflictError' });
      expect(own).toMatchObject({ id });
    }
  });

  it('means the same input with or without the defaults, in any order of mappings', async () => {
    const { mappings, ...rest } = taskInput(analysis);
    const second = { objId: 1, faceUrl: 'https://example.com/faces/second.png' };
    const { id } = await buy(gateway, { ...rest, mappings: [...mappings, second] });
    const spelled = {
      ...rest,
      mappings: [second, ...mappings],
      resolution: 'P720',
      modelName: 'akool-premium',
      keepOriginalSound: true,
      templateId: null,
    };
    expect(await buy(gateway, spelled)).toMatchObject({ id });
    expect(creates()).toBe(1);
  });

  it('in both mutations is two purchases', async () => {
    const key = newKey();
    const bought = await buy(gateway, taskInput(analysis, key));
    const video = { videoUrl: 'https://example.com/other.mp4', idempotencyKey: key };
    expect(await submit(gateway, video)).toMatchObject({ __typename: 'Analysis' });
    expect(await resultOf(gateway, key)).toMatchObject({ id: bought.id });
  });
});

describe('two teams', () => {
  it('may use the same key, and see nothing of each other', async () => {
    const keys = ['caller-key-of-the-first-team', 'caller-key-of-the-second-team'] as const;
    const folder = newFolder();
    const file = join(folder, 'teams.json');
    const teams = keys.map((key, number) => ({
      id: `team-${number}`,
      akool: { apiKey: `api-key-of-team-${number}`, baseUrl: upstream.url },
      callerKeys: [`sha256:${createHash('sha256').update(key).digest('hex')}`],
    }));
    writeFileSync(file, JSON.stringify(teams));
    const { AKOOL_API_KEY: _, AKOOL_BASE_URL: __, ...env } = envFor(upstream);
    const shared = await startGateway({ env: { ...env, TEAMS_FILE: file } });
    const as = (key: string): Askable => ({
      async ask(query, variables) {
        const response = await fetch(`${shared.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
          body: JSON.stringify({ query, variables }),
        });
        const answer: Answer = JSON.parse(await response.text());
        return answer;
      },
    });
    const key = newKey();
    const ids = await Promise.all(
      keys.map(async (caller) => {
        await until(async () => {
          const { data } = await as(caller).ask(`{ analysis(id: "${analysis}") { status } }`);
          return data.analysis.status === 'COMPLETED';
        });
        return (await buy(as(caller), taskInput(analysis, key))).id;
      }),
    );
    expect(new Set(ids).size).toBe(2);
    expect(creates()).toBe(2);
    const only = await buy(as(keys[0]), taskInput(analysis));
    expect(only).toMatchObject({ __typename: 'HeadSwapTask' });
    const { data } = await as(keys[1]).ask('{ headSwapTasks { edges { node { id } } } }');
    expect(data.headSwapTasks.edges).toEqual([{ node: { id: ids[1] } }]);
  });
});

describe('what is checked, in this order', () => {
  it('the input alone, before a used key', async () => {
    const input = taskInput(analysis);
    await buy(gateway, input);
    expect(await buy(gateway, { ...input, mappings: [] })).toMatchObject({
      __typename: 'InvalidInputError',
    });
  });

  it('a used key, before the analysis is looked up', async () => {
    const input = taskInput(analysis);
    const { id } = await buy(gateway, input);
    upstream.forget(analysis);
    upstream.always('analysis', scripted.hang);
    upstream.always('task', scripted.hang);
    const reads = upstream.requestsTo('analysis').length;
    expect(await buy(gateway, input)).toMatchObject({ id });
    expect(await buy(gateway, { ...input, analysisId: 'unheard-of' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    expect(upstream.requestsTo('analysis').length).toBe(reads);
  });

  it('a held key, before the analysis is looked up', async () => {
    const input = taskInput(analysis);
    upstream.next('createTask', scripted.code(2001));
    await buy(gateway, input);
    const reads = upstream.requestsTo('analysis').length;
    expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
    expect(await buy(gateway, { ...input, analysisId: 'unheard-of' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    expect(upstream.requestsTo('analysis').length).toBe(reads);
    expect(creates()).toBe(1);
  });

  it('the analysis, then its persons, and none of that uses the key', async () => {
    const key = newKey();
    const nobody = [{ objId: 7, faceUrl: 'https://example.com/f.png' }];
    const running = await submitAnalysis(gateway, 'https://example.com/running.mp4');
    const steps = [
      [{ ...taskInput('6a066d036257fffffffffff0', key), mappings: nobody }, 'NotFoundError'],
      [{ ...taskInput(running, key), mappings: nobody }, 'AnalysisNotReadyError'],
      [{ ...taskInput(analysis, key), mappings: nobody }, 'InvalidInputError'],
    ] as const;
    for (const [input, __typename] of steps) {
      expect(await buy(gateway, input)).toMatchObject({ __typename });
      expect(await resultOf(gateway, key)).toBeNull();
    }
    expect(creates()).toBe(0);
    expect((await buy(gateway, steps[2][0])).message).toBe(
      'The input has a mistake: mappings.0.objId: must be the objId of a person of the analysis (0, 1), and is 7',
    );
    expect(await buy(gateway, taskInput(analysis, key))).toMatchObject({
      __typename: 'HeadSwapTask',
    });
  });

  it('nobody can get a face where nobody was found', async () => {
    const id = await submitAnalysis(gateway, 'https://example.com/nobody.mp4');
    upstream.setAnalysis(id, { status: 3, progress: 100, analysis_result: { media: [] } });
    await gateway.watch('subscription($id: ID!) { analysisStatusChanged(id: $id) { id } }', { id })
      .done;
    expect((await buy(gateway, taskInput(id))).message).toBe(
      'The input has a mistake: mappings.0.objId: cannot name anybody: the analysis found nobody in the video',
    );
    expect(creates()).toBe(0);
  });

  it('an analysis that AKOOL cannot tell of is AkoolUnavailableError, and the key stays unused', async () => {
    upstream.always('analysis', scripted.html(503));
    const key = newKey();
    expect(await buy(gateway, taskInput('6a066d036257fffffffffff0', key))).toMatchObject({
      __typename: 'AkoolUnavailableError',
    });
    expect(await resultOf(gateway, key)).toBeNull();
    expect(creates()).toBe(0);
  });
});
