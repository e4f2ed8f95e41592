import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  openPurchaseAdmin,
  Refusal,
  type PurchaseAdmin,
} from '../../src/cli/purchases/purchase-admin.ts';
import { readConfig } from '../../src/config/config.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Purchase } from '../../src/store/purchase.ts';
import { buy, readyAnalysis, resultOf, VIDEO } from '../support/purchases/buying.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { envFor, taskInput } from '../support/gateway/stories.ts';

/** What an operator found may have changed by the time he acts on it: the gateway runs on. */

const ID = '6a066dc58570ecbf64f70061';
const ANY = { team: null, mutation: null };

let upstream: ScriptedUpstream;
let gateway: Gateway;
let admin: PurchaseAdmin;
let input: ReturnType<typeof taskInput>;
let found: Purchase;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  const env = envFor(upstream);
  gateway = await startGateway({ env });
  const silent = (): void => undefined;
  admin = await openPurchaseAdmin({
    config: readConfig({ ...env, DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` }),
    clock: systemClock,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  input = taskInput(await readyAnalysis(gateway, upstream));
  await lose(input);
  found = await admin.find(input.idempotencyKey, ANY);
});

afterEach(async () => {
  await admin.close();
  await stopGateways();
  await upstream.stop();
});

async function lose(order: object): Promise<void> {
  upstream.next('createTask', scripted.resetAfterReading);
  expect(await buy(gateway, order)).toMatchObject({ __typename: 'OutcomeUnknownError' });
}

it('the create that was found was abandoned, and its key is used again: the new one is left alone', async () => {
  await admin.abandon(found);
  const again = { ...input, resolution: 'P480' };
  await lose(again);
  await expect(admin.abandon(found)).rejects.toBeInstanceOf(Refusal);
  upstream.setTask(ID, { status: 2, source_video_url: VIDEO });
  await expect(admin.settle(found, ID)).rejects.toThrow(/settled or abandoned in the meantime/);
  expect(await buy(gateway, again)).toMatchObject({ __typename: 'OutcomeUnknownError' });
  expect(await buy(gateway, input)).toMatchObject({ __typename: 'IdempotencyConflictError' });
  const next = await admin.find(input.idempotencyKey, ANY);
  expect(next).toMatchObject({ state: 'UNKNOWN', key: found.key });
  expect(await admin.settle(next, ID)).toMatchObject({ id: ID });
  expect(await buy(gateway, again)).toMatchObject({ id: ID });
});

it('two operators at once: one of them has his way, and the key says which', async () => {
  upstream.setTask(ID, { status: 2, source_video_url: VIDEO });
  const done = await Promise.allSettled([admin.settle(found, ID), admin.abandon(found)]);
  expect(done.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  const result = await resultOf(gateway, input.idempotencyKey);
  expect(result?.id ?? null).toBe(done[0].status === 'fulfilled' ? ID : null);
  expect(upstream.requestsTo('createTask')).toHaveLength(1);
});
