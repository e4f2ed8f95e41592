import { createHash, randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { envFor } from '../support/gateway/stories.ts';
import { startOutputs } from '../support/media/outputs.ts';
import { buy, orderOf, readyAnalysis, VIDEO } from '../support/purchases/buying.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';

/** kill -9 at random moments amid copies and uploads. `KILLS` in the environment: how often. */

const KILLS = Number(process.env['KILLS'] ?? 6);
const TASKS_PER_LIFE = 3;
const HEAD = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));
const FACE = readFileSync(new URL('../../src/sandbox/files/assets/face.png', import.meta.url));

const given = useProcesses();

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What an output's bytes are; each is its own. */
function outputOf(id: string): Buffer {
  const tail = createHash('sha512').update(id).digest();
  return Buffer.concat([HEAD, Buffer.alloc(400_000, tail)]);
}

it(
  `nothing is half kept, nothing lost and nothing kept twice in ${KILLS} kills`,
  async () => {
    const outputs = await startOutputs(given.upstream, (request, response) => {
      const bytes = outputOf(request.url?.slice('/outputs/'.length) ?? '');
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 100_000));
      setTimeout(() => response.end(bytes.subarray(100_000)), 30);
    });
    onTestFinished(() => outputs.stop());
    const env = { ...envFor(given.upstream), AKOOL_BASE_URL: outputs.url };
    const start = (): Promise<GatewayProcess> => spawnGateway(given.folder, env);
    let gateway = await start();
    const analysis = await readyAnalysis(gateway, given.upstream);
    const tasks: string[] = [];
    const uploads: string[] = [];

    for (let life = 0; life < KILLS; life += 1) {
      for (let n = 0; n < TASKS_PER_LIFE; n += 1) {
        const { id } = await buy(gateway, orderOf(`key-${life}-${n}`, analysis));
        if (id === undefined) throw new Error('not bought');
        tasks.push(id);
        given.upstream.setTask(id, {
          status: 3,
          source_video_url: VIDEO,
          video_url: `${outputs.url}/outputs/${id}`,
        });
      }
      const sending = sendFace(gateway).then(
        (id) => id !== null && uploads.push(id),
        () => false,
      );
      await new Promise((resolve) => setTimeout(resolve, randomInt(400)));
      await gateway.end('SIGKILL');
      await sending;
      for (const file of keptIn(given.folder)) expect(isWhole(file, tasks)).toBe(true);
      gateway = await start();
    }

    const stored = new Map<string, string>();
    for (const id of tasks) {
      const query = `{ headSwapTask(id: "${id}") { storedOutput { status sha256 } } }`;
      const outputOfTask = async () => (await gateway.ask(query)).data.headSwapTask.storedOutput;
      await until(async () => (await outputOfTask())?.status === 'STORED');
      stored.set(id, (await outputOfTask()).sha256);
    }
    expect([...stored]).toEqual(tasks.map((id) => [id, sha256(outputOf(id))]));
    expect(keptIn(given.folder)).toHaveLength(tasks.length);
    expect(readdirSync(join(given.folder, 'media', '.parts'))).toEqual([]);
    for (const id of uploads) {
      const { data } = await gateway.ask(`{ upload(id: "${id}") { status url } }`);
      const path = new URL(data.upload.url).pathname;
      const read = await fetch(`${gateway.url}${path}`);
      expect(Buffer.from(await read.arrayBuffer()).equals(FACE)).toBe(true);
    }
  },
  60_000 + KILLS * 20_000,
);

/** The id of an upload that the gateway said is READY; null: it got that far in no answer. */
async function sendFace(gateway: GatewayProcess): Promise<string | null> {
  const input = { purpose: 'FACE', bytes: FACE.length, contentType: 'image/png' };
  const created = await gateway.ask(
    `mutation($input: CreateUploadInput!) { createUpload(input: $input) {
      ... on Upload { id put { url } } ... on InvalidInputError { message } } }`,
    { input },
  );
  const { id, put } = created.data.createUpload;
  await fetch(put.url, { method: 'PUT', body: FACE, headers: { 'content-type': 'image/png' } });
  const finished = await gateway.ask(
    `mutation($id: ID!) { finishUpload(id: $id) { ... on Upload { status } ... on Error { message } } }`,
    { id },
  );
  return finished.data.finishUpload.status === 'READY' ? id : null;
}

function keptIn(folder: string): string[] {
  const copies = join(folder, 'media', 'copies');
  return existsSync(copies) ? readdirSync(copies).map((name) => join(copies, name)) : [];
}

function isWhole(file: string, tasks: readonly string[]): boolean {
  const found = sha256(readFileSync(file));
  return tasks.some((id) => sha256(outputOf(id)) === found);
}
