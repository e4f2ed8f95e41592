import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CreateHeadSwapTaskDocument } from '../../src/client-operations/graphql.ts';
import { systemClock, type Clock } from '../../src/runtime/clock.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { hang, held, success } from '../support/akool/scripted-answers.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { completeAnalysis, createTask, envFor, taskInput } from '../support/gateway/stories.ts';

let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
});

afterEach(async () => {
  await stopGateways();
  await upstream.stop();
});

it('a gateway that drains looks at no job any more, and finishes the create that is under way', async () => {
  gateway = await startGateway({ env: envFor(upstream) });
  const analysis = await completeAnalysis(gateway, upstream);
  await createTask(gateway, analysis);
  await upstream.received('task', 2);
  const [answer, letGo] = held(success({ _id: '6a066dc58570ecbf64f7aaaa', faceswap_status: 1 }));
  upstream.next('createTask', answer);
  const creating = gateway.run(CreateHeadSwapTaskDocument, { input: taskInput(analysis) });
  await upstream.received('createTask', 2);

  const before = upstream.requestsTo('task').length;
  const stopped = gateway.stop();
  expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
  // Ten intervals.
  await delay(500);
  // The one that may have been claimed already.
  expect(upstream.requestsTo('task').length).toBeLessThanOrEqual(before + 1);
  letGo();
  const { createHeadSwapTask: created } = await creating;
  expect(created).toMatchObject({ __typename: 'HeadSwapTask', id: '6a066dc58570ecbf64f7aaaa' });
  await stopped;
  expect(upstream.requestsTo('task').length).toBeLessThanOrEqual(before + 1);
});

it('a drain gives up reads that AKOOL does not answer', async () => {
  const readMs = 120_000;
  const clock = fastClock(5);
  gateway = await startGateway({
    env: { ...envFor(upstream), UPSTREAM_TIMEOUT_MS: String(readMs) },
    clock,
  });
  const analysis = await completeAnalysis(gateway, upstream);
  upstream.always('task', hang);
  await createTask(gateway, analysis);
  await upstream.received('task', 1);
  const begunAt = clock.now();
  await gateway.stop();
  // 25 s are promised; the rest is for a busy machine.
  expect(clock.now() - begunAt).toBeLessThan(readMs / 2);
});

/** So many times as fast as the machine's. */
function fastClock(factor: number): Clock {
  const startedAt = Date.now();
  return {
    now: () => startedAt + (Date.now() - startedAt) * factor,
    after: (milliseconds, run) => systemClock.after(milliseconds / factor, run),
  };
}
