import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRange } from '../../src/sandbox/files/read-range.ts';
import { handClock, idOf, ownCustomer, testSandbox } from './support.ts';

const asset = (name: string): Buffer =>
  readFileSync(new URL(`../../src/sandbox/files/assets/${name}`, import.meta.url));

describe('reading a Range header', () => {
  it.each([
    [undefined, { kind: 'whole' }],
    ['bytes=0-', { kind: 'part', start: 0, end: 99 }],
    ['bytes=10-19', { kind: 'part', start: 10, end: 19 }],
    ['bytes=90-1000', { kind: 'part', start: 90, end: 99 }],
    ['bytes=99-99', { kind: 'part', start: 99, end: 99 }],
    ['bytes=-5', { kind: 'part', start: 95, end: 99 }],
    ['bytes=-500', { kind: 'part', start: 0, end: 99 }],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=9-5', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=0-1,3-4', { kind: 'whole' }],
    ['lines=0-1', { kind: 'whole' }],
  ])('%s of 100 bytes', (header, expected) => {
    expect(readRange(header, 100)).toEqual(expected);
  });
});

describe('outputs', () => {
  async function completed(options: { expiryMs?: number } = {}) {
    const clock = handClock();
    const sandbox = await testSandbox({ clock, ...options });
    const akool = ownCustomer(sandbox);
    const analysis = idOf(await akool.analyze('https://videos.example/two-people.mp4'));
    clock.move(4_000);
    const task = idOf(await akool.create('https://videos.example/two-people.mp4'));
    const url = `${sandbox.url}/outputs/${task}.mp4`;
    const early = await fetch(url);
    clock.move(9_000);
    return { clock, sandbox, analysis, url, early };
  }

  it('are a real MP4 with the index first', async () => {
    const { url, early } = await completed();
    expect(early.status).toBe(404);
    const answer = await fetch(url);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('video/mp4');
    expect(bytes).toEqual(asset('output.mp4'));
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
    expect(bytes.includes('avc1') && bytes.includes('mp4a')).toBe(true);
  });

  it('answer HEAD without a body', async () => {
    const { url } = await completed();
    const answer = await fetch(url, { method: 'HEAD' });
    expect(answer.headers.get('content-length')).toBe(String(asset('output.mp4').length));
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
    expect(await answer.text()).toBe('');
  });

  it('are served in parts', async () => {
    const { url } = await completed();
    const size = asset('output.mp4').length;
    const answer = await fetch(url, { headers: { range: 'bytes=-100' } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${size - 100}-${size - 1}/${size}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(asset('output.mp4').subarray(-100));

    const beyond = await fetch(url, { headers: { range: `bytes=${size}-` } });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe(`bytes */${size}`);

    const stale = { range: 'bytes=0-1', 'if-range': '"another"' };
    expect((await fetch(url, { headers: stale })).status).toBe(200);
  });

  it('and previews expire', async () => {
    const { url, clock, sandbox, analysis } = await completed({ expiryMs: 20_000 });
    const preview = `${sandbox.url}/previews/${analysis}/1.png`;
    expect((await fetch(preview)).status).toBe(200);
    clock.move(19_999);
    expect((await fetch(preview)).status).toBe(410);
    expect((await fetch(url)).status).toBe(200);
    clock.move(1);
    expect((await fetch(url)).status).toBe(410);
  });

  it('previews are different images, one per person found', async () => {
    const { sandbox, analysis } = await completed();
    const images = await Promise.all(
      [0, 1].map(async (objId) => {
        const answer = await fetch(`${sandbox.url}/previews/${analysis}/${objId}.png`);
        expect(answer.headers.get('content-type')).toBe('image/png');
        return Buffer.from(await answer.arrayBuffer());
      }),
    );
    expect(images[0]?.subarray(1, 4).toString()).toBe('PNG');
    expect(images[0]).not.toEqual(images[1]);
    expect((await fetch(`${sandbox.url}/previews/${analysis}/2.png`)).status).toBe(404);
  });
});

describe('samples', () => {
  it.each([
    ['two-people-slow.mp4', 'video/mp4', 'source.mp4'],
    ['face.png', 'image/png', 'face.png'],
    ['face-2.png', 'image/png', 'face-2.png'],
    ['task-fails.png', 'image/png', 'face.png'],
  ])('%s resolves', async (name, type, file) => {
    const sandbox = await testSandbox();
    const answer = await fetch(`${sandbox.url}/samples/${name}`);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(asset(file));
  });

  it.each(['/samples/none.txt', '/outputs/none.mp4', '/previews/none/0.png', '/nowhere', '//'])(
    '%s is not there',
    async (path) => {
      const sandbox = await testSandbox();
      expect((await fetch(sandbox.url + path)).status).toBe(404);
    },
  );

  it('are named on the first page, beside the cards', async () => {
    const sandbox = await testSandbox();
    const page = await (await fetch(sandbox.url)).text();
    expect(page).toContain(`${sandbox.url}/samples/face.png`);
    expect(page).toContain('duplicate-webhook');
  });
});
