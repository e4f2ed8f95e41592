import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buy, readyAnalysis, resultOf, VIDEO, type Outcome } from '../support/purchases/buying.ts';
import type { Failpoint } from '../support/purchases/failpoint-store.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import {
  killGateways,
  spawnGateway,
  type GatewayProcess,
} from '../support/gateway/gateway-process.ts';
import { programOf } from '../support/processes/programs.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor, finishTask, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { ring, tokenOf, WEBHOOK_ENV } from '../support/akool/webhooks.ts';

/** kill -9 at every point of a create, and what the next process makes of it. */

const ID = '6a066dc58570ecbf64f70041';

let upstream: ScriptedUpstream;
let folder: string;
let analysis: string;
let env: Record<string, string>;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  env = { ...envFor(upstream), ...WEBHOOK_ENV };
  folder = newFolder();
  const gateway = await startGateway({ env, folder });
  analysis = await readyAnalysis(gateway, upstream);
  await gateway.stop();
});

afterEach(async () => {
  await killGateways();
  await stopGateways();
  await upstream.stop();
  removeFolders();
});

const creates = (): number => upstream.requestsTo('createTask').length;

const dying = (when: 'before' | 'after', point: Failpoint): Promise<GatewayProcess> =>
  spawnGateway(folder, env, [programOf('dying-gateway'), when, point]);

/** Buys from a process that dies of it; what the caller heard is nothing. */
async function buyFrom(process: GatewayProcess, input: object): Promise<void> {
  await expect(buy(process, input)).rejects.toThrow('fetch failed');
  await process.gone;
}

/** Starts the next process and tells what it says of the key. */
async function afterwards(key: string): Promise<{ gateway: Gateway; result: Outcome | null }> {
  const gateway = await startGateway({ env, folder });
  return { gateway, result: await resultOf(gateway, key) };
}

/** The key is held: nothing is ever sent for it again, and its webhook settles it. */
async function expectHeld(gateway: Gateway, input: ReturnType<typeof taskInput>): Promise<void> {
  const before = creates();
  expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  expect(await buy(gateway, { ...input, resolution: 'P480' })).toMatchObject({
    __typename: 'IdempotencyConflictError',
  });
  expect(creates()).toBe(before);
}

async function expectUnused(gateway: Gateway, input: ReturnType<typeof taskInput>): Promise<void> {
  const before = creates();
  expect(await buy(gateway, { ...input, resolution: 'P480' })).toMatchObject({
    __typename: 'HeadSwapTask',
  });
  expect(creates()).toBe(before + 1);
}

describe('killed before anything was sent', () => {
  it.each([
    ['before', 'reservePurchase'],
    ['after', 'reservePurchase'],
    ['before', 'movePurchase:SENDING'],
  ] as const)('%s %s: the key is unused', async (when, point) => {
    const input = taskInput(analysis);
    await buyFrom(await dying(when, point), input);
    expect(creates()).toBe(0);
    const { gateway, result } = await afterwards(input.idempotencyKey);
    expect(result).toBeNull();
    await expectUnused(gateway, input);
  });

  it('after the record says that it may be on the wire: nobody can tell, so the key is held', async () => {
    const input = taskInput(analysis);
    await buyFrom(await dying('after', 'movePurchase:SENDING'), input);
    expect(creates()).toBe(0);
    const { gateway, result } = await afterwards(input.idempotencyKey);
    expect(result).toMatchObject({ __typename: 'OutcomeUnknownError' });
    await expectHeld(gateway, input);
    expect(creates()).toBe(0);
  });
});

describe('killed after the request was sent', () => {
  /** The key is held, the webhook of the task settles it, and the task is followed to its end. */
  const expectSettled = async (input: ReturnType<typeof taskInput>): Promise<void> => {
    const { gateway, result } = await afterwards(input.idempotencyKey);
    expect(result).toMatchObject({ __typename: 'OutcomeUnknownError' });
    await expectHeld(gateway, input);
    upstream.setTask(ID, { status: 2, source_video_url: VIDEO });
    const token = tokenOf(upstream.requestsTo('createTask')[0]);
    await ring(gateway, token, { _id: ID, status: 2 });
    await until(async () => (await resultOf(gateway, input.idempotencyKey))?.id === ID);
    expect(await buy(gateway, input)).toEqual({ __typename: 'HeadSwapTask', id: ID });
    finishTask(upstream, ID);
    await until(async () => {
      const { data } = await gateway.ask(`{ headSwapTask(id: "${ID}") { status } }`);
      return data.headSwapTask.status === 'COMPLETED';
    });
    expect(creates()).toBe(1);
  };

  it('before its answer: held, and settled by its webhook', async () => {
    upstream.always('createTask', scripted.hang);
    const input = taskInput(analysis);
    const process = await spawnGateway(folder, env);
    const asked = buy(process, input);
    asked.catch(() => undefined);
    await upstream.received('createTask', 1);
    await process.end('SIGKILL');
    await expect(asked).rejects.toThrow('fetch failed');
    upstream.always('createTask', null);
    expect(creates()).toBe(1);
    await expectSettled(input);
  });

  it('after its answer, before that is recorded: held, and settled by its webhook', async () => {
    upstream.next('createTask', scripted.success({ _id: ID, status: 1 }));
    const input = taskInput(analysis);
    await buyFrom(await dying('before', 'movePurchase:ACCEPTED'), input);
    expect(creates()).toBe(1);
    await expectSettled(input);
  });

  it('after an answer that tells nothing, before that is recorded: held, and settled by its webhook', async () => {
    upstream.next('createTask', scripted.code(2001));
    const input = taskInput(analysis);
    await buyFrom(await dying('before', 'movePurchase:UNKNOWN'), input);
    expect(creates()).toBe(1);
    await expectSettled(input);
  });

  it('after the answer was recorded, before the caller has it: the task', async () => {
    upstream.next('createTask', scripted.success({ _id: ID, status: 1 }));
    const input = taskInput(analysis);
    await buyFrom(await dying('after', 'movePurchase:ACCEPTED'), input);
    const { gateway, result } = await afterwards(input.idempotencyKey);
    expect(result).toEqual({ __typename: 'HeadSwapTask', id: ID });
    expect(await buy(gateway, input)).toEqual(result);
    expect(creates()).toBe(1);
  });

  it('after a refusal, before that is recorded: held', async () => {
    upstream.next('createTask', scripted.code(1104));
    const input = taskInput(analysis);
    await buyFrom(await dying('before', 'movePurchase:REJECTED'), input);
    const { gateway, result } = await afterwards(input.idempotencyKey);
    expect(result).toMatchObject({ __typename: 'OutcomeUnknownError' });
    await expectHeld(gateway, input);
    expect(creates()).toBe(1);
  });

  it('after a refusal was recorded: the key is unused', async () => {
    upstream.next('createTask', scripted.code(1104));
    const input = taskInput(analysis);
    await buyFrom(await dying('after', 'movePurchase:REJECTED'), input);
    const { gateway, result } = await afterwards(input.idempotencyKey);
    expect(result).toBeNull();
    await expectUnused(gateway, input);
  });
});

describe('killed after a webhook was answered with 200', () => {
  it('before it was followed up: followed up at the next start', async () => {
    const hourly = { ...env, POLL_MIN_MS: '3600000', POLL_MAX_MS: '3600000' };
    const process = await spawnGateway(folder, hourly);
    const { id } = await buy(process, taskInput(analysis));
    upstream.always('task', scripted.hang);
    await ring(process, tokenOf(upstream.requestsTo('createTask')[0]), {
      _id: String(id),
      status: 3,
    });
    await upstream.received('task', 1);
    await process.end('SIGKILL');
    upstream.always('task', null);
    finishTask(upstream, String(id));
    const gateway = await startGateway({ env: hourly, folder });
    await until(async () => {
      const { data } = await gateway.ask(`{ headSwapTask(id: "${id}") { status } }`);
      return data.headSwapTask.status === 'COMPLETED';
    });
    expect(upstream.requestsTo('task').length).toBe(2);
  });
});
