import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { envFor } from '../support/gateway/stories.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const FACE = readFileSync(new URL('../../src/sandbox/files/assets/face.png', import.meta.url));

let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeEach(async () => {
  upstream = await startScriptedUpstream();
  const env = { ...envFor(upstream), MEDIA_URL: `file:${newFolder()}` };
  gateway = await startGateway({ env: { ...env, PUBLIC_URL: 'https://gateway.example' } });
});
afterEach(async () => {
  await stopGateways();
  await upstream.stop();
  removeFolders();
});

async function open(): Promise<{ id: string; path: string }> {
  const { data } = await gateway.ask(
    `mutation($input: CreateUploadInput!) { createUpload(input: $input) {
      ... on Upload { id put { url } } ... on Error { message } } }`,
    { input: { purpose: 'FACE', bytes: FACE.length, contentType: 'image/png' } },
  );
  const { id, put } = data.createUpload;
  return { id, path: new URL(put.url).pathname };
}

async function finish(id: string): Promise<{ status: string; url: string }> {
  const { data } = await gateway.ask(
    `mutation($id: ID!) { finishUpload(id: $id) { ... on Upload { status url } ... on Error { message } } }`,
    { id },
  );
  return data.finishUpload;
}

/** A PUT of which the last byte is yet to come. */
function begin(path: string, body: Buffer): () => Promise<number | undefined> {
  const put = request(new URL(path, gateway.url), {
    method: 'PUT',
    headers: { 'content-type': 'image/png', 'content-length': body.length },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    put.once('response', (response) => resolve(response.resume().statusCode));
    put.once('error', reject);
  });
  put.write(body.subarray(0, -1));
  return () => {
    put.end(body.subarray(-1));
    return answered;
  };
}

const bytesAt = async (url: string): Promise<Buffer> => {
  const response = await fetch(new URL(new URL(url).pathname, gateway.url));
  return Buffer.from(await response.arrayBuffer());
};

describe('an upload', () => {
  it('stays what was looked at, though other bytes were on their way', async () => {
    const { id, path } = await open();
    const complete = begin(path, Buffer.alloc(FACE.length, '<script>'));
    expect(await begin(path, FACE)()).toBe(200);
    const { status, url } = await finish(id);
    expect(status).toBe('READY');
    expect(await complete()).toBe(404);
    expect((await bytesAt(url)).equals(FACE)).toBe(true);
  });

  it('is looked at once by those who finish it at the same moment, and all are told the same', async () => {
    const { id, path } = await open();
    expect(await begin(path, FACE)()).toBe(200);
    const answers = await Promise.all([finish(id), finish(id), finish(id)]);
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(answers[0]?.status).toBe('READY');
  });

  it('takes the bytes that came last, and is never half of each', async () => {
    const { id, path } = await open();
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => begin(path, Buffer.alloc(FACE.length, n))()),
    );
    expect(answers).toEqual([200, 200, 200, 200, 200]);
    expect(await begin(path, FACE)()).toBe(200);
    const { url } = await finish(id);
    expect((await bytesAt(url)).equals(FACE)).toBe(true);
  });
});
