import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { askOverFetch, type SendOperation } from 'head-swap-client/ask';
import { upload, UploadError } from 'head-swap-client/upload';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { impatientClock } from '../support/time/impatient-clock.ts';

const PICTURE = new URL('../../src/sandbox/files/assets/face.png', import.meta.url);
const face = new Blob([new Uint8Array(readFileSync(PICTURE))], { type: 'image/png' });

let gateway: Gateway;
let ask: SendOperation;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  gateway = await startGateway({ env: { MEDIA_URL: `file:${newFolder()}` } });
  ask = askOverFetch({ url: `${gateway.url}/graphql` });
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await stopGateways();
  removeFolders();
});

/** The same, with the place for the bytes behind something that treats the first so many PUTs badly. */
async function askBehind(
  bad: number,
  status: number | null,
): Promise<{ ask: SendOperation; puts(): number }> {
  let puts = 0;
  const server = createServer((incoming, outgoing) => {
    puts += 1;
    if (puts <= bad) {
      if (status === null) incoming.socket.destroy();
      else outgoing.writeHead(status).end('<h1>No</h1>');
      return;
    }
    const { method, headers, url } = incoming;
    const onward = httpRequest(
      `${gateway.url}${url}`,
      { method, headers: { ...headers, host: new URL(gateway.url).host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('It has no port');
  return {
    puts: () => puts,
    async ask(query, variables) {
      const answer = JSON.stringify(await ask(query, variables));
      return JSON.parse(
        answer.replace(`${gateway.url}/uploads`, `http://127.0.0.1:${address.port}/uploads`),
      );
    },
  };
}

describe('upload', () => {
  it('sends a picture, tells how much was sent, and brings what faceUrl takes', async () => {
    const sent: number[][] = [];
    const result = await upload({
      ask,
      file: face,
      purpose: 'FACE',
      onProgress: (...progress) => sent.push(progress),
    });
    expect(result).toMatchObject({
      __typename: 'Upload',
      status: 'READY',
      problem: null,
      url: expect.stringMatching(/^http/),
      width: expect.any(Number),
    });
    expect(sent.at(-1)).toEqual([face.size, face.size]);
  });

  it('brings why a file cannot be used', async () => {
    const file = new Blob(['this is no picture'], { type: 'image/png' });
    const result = await upload({ ask, file, purpose: 'FACE' });
    expect(result).toMatchObject({ status: 'REJECTED', url: null, problem: expect.any(String) });
  });

  it('sends nothing that was refused from the beginning', async () => {
    const { ask: behind, puts } = await askBehind(0, null);
    const file = new Blob(['text'], { type: 'text/plain' });
    const result = await upload({ ask: behind, file, purpose: 'FACE' });
    expect(result).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: expect.any(Array) }],
    });
    expect(puts()).toBe(0);
  });

  it.each([
    ['breaks', null],
    ['is answered 503', 503],
  ])('goes on when the sending %s', async (_what, status) => {
    const { ask: behind, puts } = await askBehind(2, status);
    const { clock, waits } = impatientClock();
    const result = await upload({
      ask: behind,
      file: face,
      purpose: 'FACE',
      clock,
      random: () => 0,
    });
    expect(result).toMatchObject({ status: 'READY' });
    expect([puts(), waits]).toEqual([3, [500, 1_000]]);
  });

  it('gives up after four attempts, and at once when it was refused', async () => {
    const { clock } = impatientClock();
    const broken = await askBehind(9, null);
    await expect(upload({ ask: broken.ask, file: face, purpose: 'FACE', clock })).rejects.toThrow(
      new UploadError('The connection broke.', 0),
    );
    expect(broken.puts()).toBe(4);
    const refused = await askBehind(9, 404);
    await expect(
      upload({ ask: refused.ask, file: face, purpose: 'FACE', clock }),
    ).rejects.toMatchObject({ status: 404 });
    expect(refused.puts()).toBe(1);
  });

  it('is stopped by an abort', async () => {
    const stopping = new AbortController();
    const reason = new Error('enough');
    const { ask: behind, puts } = await askBehind(9, null);
    const clock = { after: () => (stopping.abort(reason), () => undefined) };
    const sending = upload({
      ask: behind,
      file: face,
      purpose: 'FACE',
      clock,
      signal: stopping.signal,
    });
    await expect(sending).rejects.toBe(reason);
    expect(puts()).toBe(1);
    await expect(
      upload({ ask, file: face, purpose: 'FACE', signal: stopping.signal }),
    ).rejects.toBe(reason);
  });
});
