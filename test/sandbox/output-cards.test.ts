import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyzedSandbox, idOf } from './support.ts';

const asset = (name: string): Buffer =>
  readFileSync(new URL(`../../src/sandbox/files/assets/${name}`, import.meta.url));

/** A task of this card that has just ended; `told` is its output URL as the API tells it. */
async function output(card: string) {
  const videoUrl = `https://videos.example/${card}.mp4`;
  const { akool, clock, sandbox, analysis } = await analyzedSandbox(videoUrl);
  const id = idOf(await akool.create(videoUrl));
  clock.move(9_000);
  const { data } = (await akool.task(id)) as { data?: { video_url: string } };
  const told = data?.video_url ?? '';
  return { told, url: told.trim(), clock, sandbox, id, akool, analysis };
}

const bytesOf = async (answer: Response): Promise<Buffer> =>
  Buffer.from(await answer.arrayBuffer());

describe('outputs as they are usually', () => {
  it('cannot be read by pages of another origin; samples can', async () => {
    const { url, sandbox } = await output('holiday');
    const headers = { origin: 'https://app.example' };
    const answer = await fetch(url, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const sample = await fetch(`${sandbox.url}/samples/a.mp4`, { headers });
    expect(sample.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('cards for outputs', () => {
  it('output-cors: pages of another origin may read it', async () => {
    const { url } = await output('output-cors');
    expect((await fetch(url)).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('output-blanks: white space around the URL', async () => {
    const { told, url } = await output('output-blanks');
    expect(told).toMatch(/^\s+http\S+\s+$/);
    expect(await bytesOf(await fetch(url))).toEqual(asset('output.mp4'));
  });

  it('output-forbidden: 403 as plain text for 5 s, then the file', async () => {
    const { url, clock } = await output('output-forbidden');
    for (const method of ['GET', 'HEAD']) {
      const early = await fetch(url, { method });
      expect(early.status).toBe(403);
      expect(early.headers.get('content-type')).toBe('text/plain');
      await early.arrayBuffer();
    }
    clock.move(4_999);
    expect((await fetch(url)).status).toBe(403);
    clock.move(1);
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(await bytesOf(answer)).toEqual(asset('output.mp4'));
  });

  it('output-redirect: one redirect to the file, ranges included', async () => {
    const { url } = await output('output-redirect');
    const first = await fetch(url, { redirect: 'manual' });
    expect(first.status).toBe(302);
    const location = first.headers.get('location') ?? '';
    expect(new URL(location).origin).toBe(new URL(url).origin);
    expect((await fetch(location, { redirect: 'manual' })).status).toBe(200);
    const part = await fetch(url, { headers: { range: 'bytes=4-7' } });
    expect([part.status, await part.text()]).toEqual([206, 'ftyp']);
  });

  it('output-html: a page with HTTP 200', async () => {
    const { url } = await output('output-html');
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html']);
    expect(await answer.text()).toMatch(/^<html>/);
  });

  it('output-truncated: half of what Content-Length announces', async () => {
    const { url } = await output('output-truncated');
    const head = await fetch(url, { method: 'HEAD' });
    const size = asset('output.mp4').length;
    expect(head.headers.get('content-length')).toBe(`${size}`);
    const answer = await fetch(url);
    expect(answer.headers.get('content-length')).toBe(`${size}`);
    let received = 0;
    const read = async () => {
      for await (const chunk of answer.body ?? []) received += chunk.length;
    };
    await expect(read()).rejects.toThrow('terminated');
    expect(received).toBe(Math.floor(size / 2));
  });

  it.each([
    ['output-m4v', 'video/x-m4v', '.m4v'],
    ['output-untyped', 'binary/octet-stream', '.mp4'],
  ])('%s: of type %s at a URL ending in %s', async (card, type, ending) => {
    const { url } = await output(card);
    const answer = await fetch(url);
    expect(url.endsWith(ending)).toBe(true);
    const other = ending === '.mp4' ? '.m4v' : '.mp4';
    expect((await fetch(url.replace(ending, other))).status).toBe(404);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(await bytesOf(answer)).toEqual(asset('output.mp4'));
  });

  it('twelve-seconds: a longer real MP4, as its sample source is', async () => {
    const { url, sandbox } = await output('twelve-seconds');
    expect(await bytesOf(await fetch(url))).toEqual(asset('long-output.mp4'));
    const source = await bytesOf(await fetch(`${sandbox.url}/samples/twelve-seconds.mp4`));
    expect(source).toEqual(asset('long-source.mp4'));
    for (const bytes of [source, asset('long-output.mp4')]) {
      expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
      expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
      expect(secondsOf(bytes)).toBe(12);
    }
    expect(secondsOf(asset('output.mp4'))).toBe(4);
  });

  it('analysis-output-forbidden: acts on previews instead', async () => {
    const url = 'https://videos.example/analysis-output-forbidden.mp4';
    const { sandbox, akool, clock } = await analyzedSandbox(url);
    const id = idOf(await akool.analyze(url));
    clock.move(4_000);
    const preview = `${sandbox.url}/previews/${id}/0.png`;
    expect((await fetch(preview)).status).toBe(403);
    clock.move(5_000);
    expect((await fetch(preview)).headers.get('content-type')).toBe('image/png');
  });
});

/** The duration that an MP4's movie header tells. */
function secondsOf(bytes: Buffer): number {
  const header = bytes.indexOf('mvhd') + 4;
  return bytes.readUInt32BE(header + 16) / bytes.readUInt32BE(header + 12);
}
