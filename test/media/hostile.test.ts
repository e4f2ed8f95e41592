import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { envFor } from '../support/gateway/stories.ts';
import { startOutputs } from '../support/media/outputs.ts';
import { buy, orderOf, readyAnalysis, VIDEO } from '../support/purchases/buying.ts';
import { until } from '../support/processes/until.ts';

afterEach(stopGateways);

it.each([
  ['an output URL', (inside: string) => inside],
  [
    'a redirect of an output URL',
    (_inside: string, outputs: string) => `${outputs}/outputs/redirect`,
  ],
])('%s that leads inside is never followed, and the task says why', async (_, urlOf) => {
  let asked = 0;
  const inside = createServer((_request, response) => {
    asked += 1;
    response.end('secret');
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void inside.close());
  const insideUrl = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/latest/meta-data`;
  const upstream = await startScriptedUpstream();
  onTestFinished(() => upstream.stop());
  const outputs = await startOutputs(upstream, (_request, response) =>
    response.writeHead(302, { location: insideUrl }).end(),
  );
  onTestFinished(() => outputs.stop());
  const gateway = await startGateway({ env: { ...envFor(upstream), AKOOL_BASE_URL: outputs.url } });
  const analysis = await readyAnalysis(gateway, upstream);
  const { id } = await buy(gateway, orderOf('one', analysis));
  const video_url = urlOf(insideUrl, outputs.url);
  upstream.setTask(id ?? '', { status: 3, source_video_url: VIDEO, video_url });
  const query = `{ headSwapTask(id: "${id}") { status storedOutput { status problem url } } }`;
  const task = async () => (await gateway.ask(query)).data.headSwapTask;
  await until(async () => (await task()).storedOutput?.status === 'FAILED');
  expect(await task()).toEqual({
    status: 'COMPLETED',
    storedOutput: {
      status: 'FAILED',
      problem: 'The URL leads to an address that is not of the public internet.',
      url: null,
    },
  });
  expect(asked).toBe(0);
});
