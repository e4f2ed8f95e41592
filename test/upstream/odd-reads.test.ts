import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startWithUpstream, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { createTask } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';
import { readyAnalysis } from '../support/purchases/buying.ts';

/** Answers about jobs that are not quite as documented, seen through a whole gateway. */

let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeAll(async () => {
  ({ upstream, gateway } = await startWithUpstream());
});
afterAll(stopGateways);

it('an output with blanks around its URL is shown, and trimmed', async () => {
  const id = await createTask(gateway, await readyAnalysis(gateway, upstream));
  upstream.setTask(id, { status: '3', video_url: ' https://example.com/output/result.mp4\r\n' });
  const state = async () =>
    (await gateway.ask(`{ headSwapTask(id: "${id}") { status outputUrl } }`)).data.headSwapTask;
  await until(async () => (await state()).status === 'COMPLETED');
  expect((await state()).outputUrl).toMatch(/\S$/);
});

it('an unknown status changes nothing, progress included, and is logged once', async () => {
  const id = await createTask(gateway, await readyAnalysis(gateway, upstream));
  upstream.setTask(id, { status: 7, progress: 99 });
  const reads = () => upstream.requests.filter(({ path }) => path.includes(id)).length;
  await until(async () => {
    await gateway.ask(`{ headSwapTask(id: "${id}") { status } }`);
    return reads() >= 3;
  });
  const { data } = await gateway.ask(`{ headSwapTask(id: "${id}") { status progress } }`);
  expect(data.headSwapTask).toEqual({ status: 'QUEUED', progress: 0 });
  const lines = gateway.logs.filter((line) => line.includes(id) && line.includes('contradicts'));
  expect(lines).toHaveLength(1);
});
