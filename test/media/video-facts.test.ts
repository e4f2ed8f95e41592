import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/media/inspecting/byte-source.ts';
import { videoFactsOf } from '../../src/media/inspecting/video-facts.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

const folder = newFolder();
afterAll(removeFolders);

/** Runs ffmpeg; the arguments end with the name of the file that it makes. */
function make(...args: string[]): string {
  const file = join(folder, args.at(-1) ?? '');
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args.slice(0, -1), file]);
  return file;
}

function sourceOf(file: string): ByteSource & { taken: () => number } {
  const bytes = readFileSync(file);
  let taken = 0;
  return {
    bytes: bytes.length,
    taken: () => taken,
    async read(first, end) {
      taken += end - first;
      return new Uint8Array(bytes.subarray(first, end));
    },
  };
}

const pictures = (seconds: number, size = '160x90'): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc=duration=${seconds}:size=${size}:rate=10`,
];
const sound = (seconds: number): string[] => ['-f', 'lavfi', '-i', `sine=duration=${seconds}`];
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

describe('the facts of a video', () => {
  it('are the length of its pictures, whatever its sound says', async () => {
    const file = make(...pictures(4), ...sound(4.6), ...H264, '-c:a', 'aac', 'longer-sound.mp4');
    const facts = await videoFactsOf(sourceOf(file));
    expect(facts).toMatchObject({ width: 160, height: 90 });
    expect(facts?.durationSeconds).toBeCloseTo(4, 1);
  });

  it('tell a phone clip as it is shown: turned, and from where it begins', async () => {
    const still = make(...pictures(3), ...H264, 'still.mp4');
    const turned = ['-c', 'copy', '-metadata:s:v:0', 'rotate=90'];
    const file = make('-i', still, ...turned, 'phone.mov');
    expect(await videoFactsOf(sourceOf(file))).toMatchObject({ width: 90, height: 160 });
  });

  it.each([
    [
      'fragmented, with an empty header',
      ['-movflags', 'frag_keyframe+empty_moov', 'fragmented.mp4'],
    ],
    ['with its index at the end', ['index-last.mp4']],
    ['with its index first', ['-movflags', 'faststart', 'index-first.mp4']],
  ])('are told of a file %s', async (_, ending) => {
    const file = make(...pictures(5), ...H264, ...ending);
    expect((await videoFactsOf(sourceOf(file)))?.durationSeconds).toBeCloseTo(5, 1);
  });

  it('are told of a recording that does not say how long it is', async () => {
    const file = make(
      ...pictures(4),
      '-c:v',
      'libvpx',
      '-f',
      'webm',
      '-live',
      '1',
      'recording.webm',
    );
    expect((await videoFactsOf(sourceOf(file)))?.durationSeconds).toBeCloseTo(4, 1);
  });

  it('are what an edit list leaves of a longer file', async () => {
    const long = make(...pictures(30), ...H264, '-g', '1000', 'long.mp4');
    const bytes = readFileSync(long);
    // What a phone does that trims: the edit list shows ten seconds, and all thirty stay in the file.
    const movie = bytes.indexOf('mvhd') + 4;
    const edits = bytes.indexOf('elst') + 4;
    const timescale = bytes.readUInt32BE(movie + 12);
    bytes.writeUInt32BE(10 * timescale, movie + 16);
    bytes.writeUInt32BE(10 * timescale, edits + 8);
    const trimmed = join(folder, 'trimmed.mp4');
    writeFileSync(trimmed, bytes);
    expect((await videoFactsOf(sourceOf(trimmed)))?.durationSeconds).toBeCloseTo(10, 1);
  });

  it('are not told of a file whose end is missing', async () => {
    const whole = make(...pictures(10), ...H264, '-movflags', 'faststart', 'whole.mp4');
    const cut = join(folder, 'cut.mp4');
    const bytes = readFileSync(whole);
    writeFileSync(cut, bytes.subarray(0, bytes.length / 3));
    expect(await videoFactsOf(sourceOf(cut))).toBeNull();
  });

  it('are not told of what is no video', async () => {
    const text = join(folder, 'text.mp4');
    writeFileSync(text, '<html>no video</html>'.repeat(100));
    expect(await videoFactsOf(sourceOf(text))).toBeNull();
    expect(await videoFactsOf(sourceOf(make(...sound(2), '-c:a', 'aac', 'sound.mp4')))).toBeNull();
  });

  it('take a small part of a large file', async () => {
    const noise = ['-vf', 'noise=alls=60:allf=t', ...H264];
    const source = sourceOf(make(...pictures(10, '640x360'), ...noise, 'large.mp4'));
    await videoFactsOf(source);
    expect(source.bytes).toBeGreaterThan(2_000_000);
    expect(source.taken()).toBeLessThan(source.bytes / 2);
  });
});
