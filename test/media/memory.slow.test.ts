import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, it, onTestFinished } from 'vitest';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { envFor } from '../support/gateway/stories.ts';
import { startOutputs } from '../support/media/outputs.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import { buy, orderOf, readyAnalysis, VIDEO } from '../support/purchases/buying.ts';

const given = useProcesses();
const HEAD = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));
const MEGABYTE = Buffer.alloc(1024 * 1024, 7);
const MOST_KILOBYTES = 20 * 1024;

/** A video of so many megabytes and a few. */
const fileOf = (megabytes: number): Readable =>
  Readable.from([HEAD, ...Array.from({ length: megabytes }, () => MEGABYTE)]);
const lengthOf = (megabytes: number): number => HEAD.length + megabytes * MEGABYTE.length;

/** What the system says of a process' memory, in kilobytes. */
function memoryOf({ pid }: GatewayProcess, name: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
}

/** By how much the work raises the most memory that the process has at any moment, in kilobytes. */
async function growthBy(gateway: GatewayProcess, work: () => Promise<unknown>): Promise<number> {
  const before = memoryOf(gateway, 'VmRSS');
  // From here on the system keeps the greatest value anew.
  writeFileSync(`/proc/${gateway.pid}/clear_refs`, '5');
  await work();
  return memoryOf(gateway, 'VmHWM') - before;
}

it('a copy of 200 MB raises the gateway’s memory by less than 20 MB', async () => {
  const outputs = await startOutputs(given.upstream, ({ url }, response) => {
    const megabytes = Number(url?.split('/').at(-1));
    response.setHeader('content-length', lengthOf(megabytes));
    fileOf(megabytes).pipe(response);
  });
  onTestFinished(() => outputs.stop());
  const env = { ...envFor(given.upstream), AKOOL_BASE_URL: outputs.url };
  const gateway = await spawnGateway(given.folder, env);
  const analysis = await readyAnalysis(gateway, given.upstream);
  const folder = join(given.folder, 'media', 'copies');
  let copies = 0;
  const copy = async (megabytes: number): Promise<void> => {
    const { id = '' } = await buy(gateway, orderOf(`key-${megabytes}`, analysis));
    const video_url = `${outputs.url}/outputs/${megabytes}`;
    given.upstream.setTask(id, { status: 3, source_video_url: VIDEO, video_url });
    copies += 1;
    await until(() => existsSync(folder) && readdirSync(folder).length === copies);
  };
  // The first one loads the code.
  await copy(1);
  expect(await growthBy(gateway, () => copy(200))).toBeLessThan(MOST_KILOBYTES);
}, 120_000);

it('an upload of 200 MB raises the gateway’s memory by less than 20 MB', async () => {
  const gateway = await spawnGateway(given.folder, {
    ...envFor(given.upstream),
    PUBLIC_URL: 'https://gateway.example',
  });
  const send = async (megabytes: number): Promise<void> => {
    const input = { purpose: 'VIDEO', bytes: lengthOf(megabytes), contentType: 'video/mp4' };
    const { data } = await gateway.ask(
      'mutation($input: CreateUploadInput!) { createUpload(input: $input) { ... on Upload { put { url } } } }',
      { input },
    );
    const { pathname } = new URL(data.createUpload.put.url);
    const put = request(new URL(pathname, gateway.url), {
      method: 'PUT',
      headers: { 'content-type': 'video/mp4', 'content-length': input.bytes },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      put.once('response', (response) => resolve(response.resume().statusCode));
      put.once('error', reject);
    });
    await pipeline(fileOf(megabytes), put);
    expect(await answered).toBe(200);
  };
  await send(1);
  expect(await growthBy(gateway, () => send(200))).toBeLessThan(MOST_KILOBYTES);
}, 120_000);
