import { readFileSync } from 'node:fs';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { member } from '../support/fleet/fleet.ts';
import { useFleets } from '../support/fleet/use-fleets.ts';
import { startOutputs } from '../support/media/outputs.ts';
import { startS3Server, type S3Server } from '../support/media/s3-server.ts';
import { startScriptedUpstream } from '../support/akool/scripted-upstream.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { buy, orderOf, readyAnalysis, VIDEO } from '../support/purchases/buying.ts';
import { until } from '../support/processes/until.ts';

const OUTPUT = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));
const TASKS = 12;

// Ends the gateways of each test.
useFleets();
let bucket: S3Server | null = null;
afterEach(async () => {
  await bucket?.stop();
  bucket = null;
});

it('three instances copy each output once, into one bucket', async () => {
  bucket = await startS3Server();
  const upstream = await startScriptedUpstream();
  onTestFinished(() => upstream.stop());
  const asked = new Map<string, number>();
  const outputs = await startOutputs(upstream, (request, response) => {
    const name = request.url ?? '';
    asked.set(name, (asked.get(name) ?? 0) + 1);
    response.end(OUTPUT);
  });
  onTestFinished(() => outputs.stop());
  const { endpoint, credentials } = bucket;
  const fleet = await startFleet(await newDatabase(), upstream, 3, {
    AKOOL_BASE_URL: outputs.url,
    MEDIA_URL: `s3://media/gateway?endpoint=${endpoint}&forcePathStyle=true`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
  const analysis = await readyAnalysis(member(fleet, 0), upstream);
  const ids: string[] = [];
  for (let n = 0; n < TASKS; n += 1) {
    const { id } = await buy(member(fleet, n % 3), orderOf(`key-${n}`, analysis));
    if (id === undefined) throw new Error('not bought');
    ids.push(id);
    upstream.setTask(id, {
      status: 3,
      source_video_url: VIDEO,
      video_url: `${outputs.url}/outputs/${id}.mp4`,
    });
  }
  for (const [place, id] of ids.entries()) {
    const query = `{ headSwapTask(id: "${id}") { storedOutput { status url } } }`;
    const gateway = member(fleet, place % 3);
    const stored = async () => (await gateway.ask(query)).data.headSwapTask.storedOutput;
    await until(async () => (await stored())?.status === 'STORED');
    const { url } = await stored();
    expect(url).toContain(`${endpoint}/media/gateway/copies/`);
    const read = await fetch(url, { headers: { range: 'bytes=4-7' } });
    expect([read.status, await read.text()]).toEqual([206, 'ftyp']);
  }
  expect([...asked.values()]).toEqual(ids.map(() => 1));
});
