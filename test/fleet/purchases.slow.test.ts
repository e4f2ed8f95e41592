import { spawn } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buy, newKey, readyAnalysis, resultOf } from '../support/purchases/buying.ts';
import { createFailpoints } from '../support/purchases/failpoint-store.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { killGateways, spawnGateway } from '../support/gateway/gateway-process.ts';
import { programOf } from '../support/processes/programs.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { envFor, taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** Creates at one of several instances, as the others see them. */

let upstream: ScriptedUpstream;
let env: Record<string, string>;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  env = {
    ...envFor(upstream),
    DATABASE_URL: await newDatabase(),
    UPSTREAM_TIMEOUT_MS: '60000',
    POLL_MIN_MS: '1000',
    POLL_MAX_MS: '1000',
  };
});
afterEach(async () => {
  await killGateways();
  await stopGateways();
  await upstream.stop();
  removeFolders();
});

const creates = (): number => upstream.requestsTo('createTask').length;

/** A gateway in this process, and how often it has looked what became of another's attempt. */
async function watched(): Promise<{ gateway: Gateway; looks: () => number }> {
  const failpoints = createFailpoints();
  let looks = 0;
  failpoints.after('readAttempt', () => {
    looks += 1;
  });
  const gateway = await startGateway({ env, wrapStore: failpoints.wrap });
  return { gateway, looks: () => looks };
}

it('a refused create reaches AKOOL once, and everybody who attached at any instance is told the same', async () => {
  const members = await Promise.all([watched(), watched(), watched()]);
  const analysis = await readyAnalysis(members[0].gateway, upstream);
  const refusals = [
    [scripted.code(1104), { __typename: 'BillingError', code: 1104 }],
    [scripted.code(1203), { __typename: 'AkoolRejectedError', code: 1203 }],
    [scripted.html(429), { __typename: 'AkoolUnavailableError' }],
  ] as const;
  for (let round = 0; round < 20; round += 1) {
    const [refusal, told] = refusals[round % 3] ?? refusals[0];
    const [answer, letGo] = scripted.held(refusal);
    upstream.next('createTask', answer);
    const before = creates();
    const looked = members.map(({ looks }) => looks());
    const input = taskInput(analysis);
    const asked = members.map(({ gateway }) => buy(gateway, input));
    // Whoever does not send is looking.
    await until(
      () => members.filter(({ looks }, place) => looks() > (looked[place] ?? 0)).length === 2,
    );
    await upstream.received('createTask', before + 1);
    letGo();
    const answers = await Promise.all(asked);
    for (const each of answers) expect(each).toMatchObject(told);
    expect(new Set(answers.map(({ message }) => message)).size).toBe(1);
    expect(creates()).toBe(before + 1);
    for (const { gateway } of members) {
      expect(await resultOf(gateway, input.idempotencyKey)).toBeNull();
    }
    const later = { ...input, resolution: 'P480' };
    const bought = await Promise.all(members.map(({ gateway }) => buy(gateway, later)));
    expect(bought.map(({ __typename }) => __typename)).toEqual(bought.map(() => 'HeadSwapTask'));
    expect(new Set(bought.map(({ id }) => id)).size).toBe(1);
    expect(creates()).toBe(before + 2);
  }
});

it('a gateway that stands still before it sends, and is taken for dead, buys once when it wakes up', async () => {
  const { gateway } = await watched();
  const analysis = await readyAnalysis(gateway, upstream);
  const args = [programOf('dying-gateway'), 'after', 'movePurchase:SENDING', 'stop'];
  const standing = await spawnGateway(newFolder(), env, args);
  const input = taskInput(analysis, newKey());
  const key = input.idempotencyKey;
  const asked = buy(standing, input);
  asked.catch(() => undefined);
  await until(() => gateway.logs.some((line) => line.includes('when its gateway ended')));
  expect(creates()).toBe(0);
  expect(await buy(gateway, input)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  const abandoned = await purchases(['abandon', key, '--yes']);
  expect(abandoned).toMatchObject({ code: 1 });
  expect(abandoned.err).toMatch(/taken for dead a moment ago[^]*Try again in \d+ seconds/);
  expect(creates()).toBe(0);
  process.kill(standing.pid, 'SIGCONT');
  const { id } = await asked;
  expect(id).toBeTruthy();
  expect(await buy(gateway, input)).toMatchObject({ id });
  expect(await resultOf(standing, key)).toMatchObject({ id });
  expect(creates()).toBe(1);
});

/** `npm run purchases` beside the fleet. */
async function purchases(args: readonly string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [programOf('purchases'), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, err };
}
