import { readFileSync } from 'node:fs';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startGateway, stopGateways } from '../support/gateway/gateway.ts';
import { envFor } from '../support/gateway/stories.ts';
import { startOutputs } from '../support/media/outputs.ts';
import { buy, orderOf, readyAnalysis, VIDEO } from '../support/purchases/buying.ts';
import { until } from '../support/processes/until.ts';

const OUTPUT = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));

afterEach(stopGateways);

it('what was copied stays reachable with ARCHIVE=off, and what was not is null', async () => {
  const upstream = await startScriptedUpstream();
  onTestFinished(() => upstream.stop());
  const outputs = await startOutputs(upstream, (request, response) => {
    response.writeHead(request.url?.endsWith('later') === true ? 403 : 200).end(OUTPUT);
  });
  onTestFinished(() => outputs.stop());
  const env = { ...envFor(upstream), AKOOL_BASE_URL: outputs.url };
  const first = await startGateway({ env });
  const analysis = await readyAnalysis(first, upstream);
  const ids = await Promise.all(
    ['stored', 'later'].map(async (name) => {
      const { id = '' } = await buy(first, orderOf(name, analysis));
      const video_url = `${outputs.url}/outputs/${name}`;
      upstream.setTask(id, { status: 3, source_video_url: VIDEO, video_url });
      return id;
    }),
  );
  const query = `query($id: ID!) { headSwapTask(id: $id) { status storedOutput { status url } } }`;
  const tasks = (gateway: typeof first) =>
    Promise.all(ids.map(async (id) => (await gateway.ask(query, { id })).data.headSwapTask));
  const statuses = async () => (await tasks(first)).map((task) => task.storedOutput?.status);
  await until(async () => String(await statuses()) === 'STORED,PENDING');
  await first.stop();

  const off = await startGateway({ env: { ...env, ARCHIVE: 'off' }, folder: first.folder });
  const [stored, later] = await tasks(off);
  expect(later).toEqual({ status: 'COMPLETED', storedOutput: null });
  expect(stored.storedOutput.status).toBe('STORED');
  const answer = await fetch(stored.storedOutput.url);
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(OUTPUT);
});
