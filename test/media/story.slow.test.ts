import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../support/gateway/gateway.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { until } from '../support/processes/until.ts';

const gateways: Gateway[] = [];
let video: Buffer;
const FACE = readFileSync(new URL('../../src/sandbox/files/assets/face.png', import.meta.url));

beforeAll(() => {
  const file = join(newFolder(), 'clip.mp4');
  const source = ['-f', 'lavfi', '-i', 'testsrc=duration=5:size=160x90:rate=10'];
  execFileSync('ffmpeg', [
    '-v',
    'error',
    ...source,
    '-c:v',
    'libx264',
    '-pix_fmt',
    'yuv420p',
    file,
  ]);
  video = readFileSync(file);
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  removeFolders();
});

async function start(env: Record<string, string> = {}, folder = newFolder()): Promise<Gateway> {
  const MEDIA_URL = `file:${join(folder, 'media')}`;
  const gateway = await startGateway({ folder, env: { MEDIA_URL, ...env } });
  gateways.push(gateway);
  return gateway;
}

const UPLOAD =
  'id status url problem durationSeconds width height put { url expiresAt headers { name value } }';

async function create(gateway: Gateway, purpose: string, bytes: number, contentType: string) {
  const { data } = await gateway.ask(
    `mutation($input: CreateUploadInput!) { createUpload(input: $input) {
      __typename ... on Upload { ${UPLOAD} } ... on InvalidInputError { issues { path message } } } }`,
    { input: { purpose, bytes, contentType } },
  );
  return data.createUpload;
}

async function finish(gateway: Gateway, id: string) {
  const { data } = await gateway.ask(
    `mutation($id: ID!) { finishUpload(id: $id) {
      __typename ... on Upload { ${UPLOAD} } ... on Error { message } } }`,
    { id },
  );
  return data.finishUpload;
}

const put = (
  upload: { put: { url: string; headers: { name: string; value: string }[] } },
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> =>
  fetch(upload.put.url, {
    method: 'PUT',
    body: Buffer.from(body),
    headers: {
      ...Object.fromEntries(upload.put.headers.map(({ name, value }) => [name, value])),
      ...headers,
    },
  });

async function upload(gateway: Gateway, purpose: string, body: Buffer, contentType: string) {
  const opened = await create(gateway, purpose, body.length, contentType);
  expect((await put(opened, body)).status).toBe(200);
  return finish(gateway, opened.id);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('files in and out', () => {
  it('tell the story from two local files to an output that is kept', async () => {
    const gateway = await start();
    const clip = await upload(gateway, 'VIDEO', video, 'video/mp4');
    expect(clip).toMatchObject({
      status: 'READY',
      width: 160,
      height: 90,
      put: null,
      problem: null,
    });
    expect(clip.durationSeconds).toBeCloseTo(5, 1);
    expect(clip.url).toMatch(/\/media\/[\w.-]+\/video\.mp4$/);
    const face = await upload(gateway, 'FACE', FACE, 'image/png');
    expect(face).toMatchObject({ status: 'READY', durationSeconds: null });

    // As AKOOL would read them.
    const read = await fetch(clip.url);
    expect(read.headers.get('content-type')).toBe('video/mp4');
    expect(sha256(new Uint8Array(await read.arrayBuffer()))).toBe(sha256(video));

    const { data } = await gateway.ask(
      'mutation($url: HttpUrl!) { submitAnalysis(input: {videoUrl: $url}) { ... on Analysis { id } ... on Error { message } } }',
      { url: clip.url },
    );
    const analysis = data.submitAnalysis.id;
    await gateway.watch(`subscription { analysisStatusChanged(id: "${analysis}") { status } }`)
      .done;
    const input = {
      idempotencyKey: 'files',
      analysisId: analysis,
      mappings: [{ objId: 0, faceUrl: face.url }],
    };
    const bought = await gateway.ask(
      `mutation($input: CreateHeadSwapTaskInput!) { createHeadSwapTask(input: $input) {
        ... on HeadSwapTask { id } ... on Error { message } } }`,
      { input },
    );
    const task = bought.data.createHeadSwapTask.id;
    const feed = gateway.watch(
      'subscription { jobStatusChanged { job { id version ... on HeadSwapTask { storedOutput { status } } } } }',
    );
    await gateway.watch(`subscription { headSwapTaskStatusChanged(id: "${task}") { status } }`)
      .done;
    const told = (): boolean =>
      feed.events.some(
        ({ data: event }) => event.jobStatusChanged.job.storedOutput?.status === 'STORED',
      );
    await until(told);
    feed.stop();

    const known = await gateway.ask(`{
      headSwapTask(id: "${task}") {
        status version outputUrl
        storedOutput { status url(validForSeconds: 60) bytes contentType sha256 storedAt expiresAt problem }
        mappings { person { storedPreview { status url contentType } } }
      }
    }`);
    const { storedOutput, outputUrl, mappings } = known.data.headSwapTask;
    expect(storedOutput).toMatchObject({
      status: 'STORED',
      contentType: 'video/mp4',
      expiresAt: null,
      problem: null,
    });
    const [kept, source] = await Promise.all(
      [storedOutput.url, outputUrl].map(async (url) =>
        Buffer.from(await (await fetch(url)).arrayBuffer()),
      ),
    );
    expect(sha256(kept ?? Buffer.alloc(0))).toBe(sha256(source ?? Buffer.alloc(1)));
    expect(storedOutput).toMatchObject({
      sha256: sha256(kept ?? Buffer.alloc(0)),
      bytes: kept?.length,
    });
    expect(mappings[0].person.storedPreview).toMatchObject({
      status: 'STORED',
      contentType: 'image/png',
    });
    const submitted = await gateway.ask(
      'mutation($url: HttpUrl!) { submitAnalysis(input: {videoUrl: $url}) { ... on InvalidInputError { issues { path message } } } }',
      { url: mappings[0].person.storedPreview.url },
    );
    expect(submitted.data.submitAnalysis.issues).toEqual([
      { path: ['videoUrl'], message: 'must be a video, and this copy is a picture' },
    ]);
  });

  it('are served in ranges, under headers that let nothing run', async () => {
    const gateway = await start({ ALLOWED_ORIGINS: 'https://app.example.com' });
    const { url } = await upload(gateway, 'VIDEO', video, 'video/mp4');
    const origin = { origin: 'https://app.example.com' };
    const part = await fetch(url, { headers: { range: 'bytes=10-19', ...origin } });
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 10-19/${video.length}`,
    ]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(video.subarray(10, 20));
    expect(Object.fromEntries(part.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'inline',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'accept-ranges': 'bytes',
    });
    const last = await fetch(url, { headers: { range: 'bytes=-5' } });
    expect(Buffer.from(await last.arrayBuffer())).toEqual(video.subarray(-5));
    const beyond = await fetch(url, { headers: { range: `bytes=${video.length}-` } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([
      416,
      `bytes */${video.length}`,
    ]);
    const most = await fetch(url, { headers: { range: `bytes=-${video.length + 1}` } });
    expect([most.status, Buffer.from(await most.arrayBuffer())]).toEqual([206, video]);
    const head = await fetch(url, { method: 'HEAD', headers: { range: 'bytes=10-19' } });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(video.length)]);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    const other = await fetch(url, { headers: { origin: 'https://evil.example.com' } });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const bent = url.replace(/\/media\/../, '/media/xx');
    expect((await fetch(bent)).status).toBe(404);
  });

  it('are taken as they were announced, and not otherwise', async () => {
    const gateway = await start();
    const opened = await create(gateway, 'VIDEO', video.length, 'video/mp4');
    expect(opened).toMatchObject({ status: 'AWAITING', url: null });
    const longer = Buffer.concat([video, Buffer.from('x')]);
    expect((await put(opened, longer)).status).toBe(413);
    expect((await put(opened, video.subarray(1))).status).toBe(400);
    expect((await put(opened, video, { 'content-type': 'text/html' })).status).toBe(415);
    expect(await finish(gateway, opened.id)).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('id: is of a file that has not been sent yet'),
    });
    // Chunked, so that only counting tells.
    const chunked = await fetch(opened.put.url, {
      method: 'PUT',
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(longer);
          controller.close();
        },
      }),
      duplex: 'half',
      headers: { 'content-type': 'video/mp4' },
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect((await put(opened, video)).status).toBe(200);
    const ready = await finish(gateway, opened.id);
    expect(await finish(gateway, opened.id)).toEqual(ready);
    expect((await put(opened, video)).status).toBe(404);
  });

  it('stay what was looked at, whatever still arrives', async () => {
    const gateway = await start();
    const opened = await create(gateway, 'FACE', FACE.length, 'image/png');
    let rest: (bytes: Uint8Array) => void = () => {};
    const straggler = fetch(opened.put.url, {
      method: 'PUT',
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(10));
          rest = (bytes) => {
            controller.enqueue(bytes);
            controller.close();
          };
        },
      }),
      duplex: 'half',
      headers: { 'content-type': 'image/png' },
    } as RequestInit);
    const parts = join(gateway.folder, 'media', '.parts');
    await until(() => readdirSync(parts).length === 1);
    expect((await put(opened, FACE)).status).toBe(200);
    const ready = await finish(gateway, opened.id);
    rest(new Uint8Array(FACE.length - 10));
    expect((await straggler).status).toBe(404);
    const kept = await fetch(ready.url);
    expect(Buffer.from(await kept.arrayBuffer())).toEqual(FACE);
    expect(readdirSync(parts)).toEqual([]);
  });

  it('are rejected for what they are, whatever they are called', async () => {
    const gateway = await start();
    const html = Buffer.from('<html><script>alert(1)</script></html>'.repeat(50));
    expect(await upload(gateway, 'VIDEO', html, 'video/mp4')).toMatchObject({
      status: 'REJECTED',
      url: null,
      problem: 'The file is not an MP4, MOV or WebM video.',
    });
    expect(await upload(gateway, 'VIDEO', FACE, 'video/mp4')).toMatchObject({
      problem: 'The file is not an MP4, MOV or WebM video but image/png.',
    });
    expect(await upload(gateway, 'FACE', video, 'image/png')).toMatchObject({
      problem: 'The file is not a JPEG, PNG or WebP picture but video/mp4.',
    });
    expect(
      await upload(gateway, 'VIDEO', video.subarray(0, video.length / 2), 'video/mp4'),
    ).toMatchObject({
      status: 'REJECTED',
    });
  });

  it('take a media type as a browser’s recorder names it', async () => {
    const gateway = await start();
    const opened = await create(gateway, 'VIDEO', video.length, 'Video/MP4;codecs="avc1,mp4a"');
    expect(opened.put.headers).toEqual([{ name: 'content-type', value: 'video/mp4' }]);
    expect((await put(opened, video)).status).toBe(200);
    expect(await finish(gateway, opened.id)).toMatchObject({ status: 'READY' });
  });

  it('are refused before they are sent where that can be told', async () => {
    const gateway = await start({ MEDIA_QUOTA_MB: '1' });
    expect(await create(gateway, 'FACE', 10, 'image/gif')).toMatchObject({
      issues: [
        { path: ['contentType'], message: 'must be one of image/jpeg, image/png, image/webp' },
      ],
    });
    expect(await create(gateway, 'FACE', 0, 'image/png')).toMatchObject({
      issues: [{ path: ['bytes'] }],
    });
    expect(await create(gateway, 'VIDEO', 600_000_000, 'video/mp4')).toMatchObject({
      issues: [{ path: ['bytes'] }],
    });
    expect(await create(gateway, 'FACE', 900_000, 'image/png')).toMatchObject({
      __typename: 'Upload',
    });
    expect(await create(gateway, 'FACE', 900_000, 'image/png')).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [
        { path: ['bytes'], message: expect.stringContaining('use 900000 of 1048576 bytes') },
      ],
    });
  });

  it('are refused for a job, before anything is bought, where AKOOL could not read them', async () => {
    const gateway = await start();
    const opened = await create(gateway, 'VIDEO', video.length, 'video/mp4');
    const submit = async (videoUrl: string) => {
      const { data } = await gateway.ask(
        `mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) {
          __typename ... on InvalidInputError { issues { path message } } } }`,
        { input: { videoUrl, idempotencyKey: 'one' } },
      );
      return data.submitAnalysis;
    };
    expect(await submit(opened.put.url)).toEqual({
      __typename: 'InvalidInputError',
      issues: [
        {
          path: ['videoUrl'],
          message: 'must not be where a file is sent to: finish the upload, and give its url',
        },
      ],
    });
    const face = await upload(gateway, 'FACE', FACE, 'image/png');
    expect(await submit(face.url)).toMatchObject({
      issues: [
        {
          path: ['videoUrl'],
          message: 'must be a video, and this upload is a picture',
        },
      ],
    });
    const unknown = `${gateway.url}/media/bm9uZQ.bm9uZQ/video.mp4`;
    expect(await submit(unknown)).toMatchObject({
      issues: [
        {
          path: ['videoUrl'],
          message: 'names an upload that is unknown or was deleted: upload the file again',
        },
      ],
    });
    // Neither used the key.
    const ready = await upload(gateway, 'VIDEO', video, 'video/mp4');
    expect(await submit(ready.url)).toEqual({ __typename: 'Analysis' });
  });

  it('outlive a restart, links and all', async () => {
    const folder = newFolder();
    const first = await start({ PORT: '0' }, folder);
    const ready = await upload(first, 'FACE', FACE, 'image/png');
    const path = new URL(ready.url).pathname;
    await first.stop();
    gateways.splice(0);
    const second = await start({}, folder);
    const again = await fetch(`${second.url}${path}`);
    expect(Buffer.from(await again.arrayBuffer())).toEqual(FACE);
  });
});
