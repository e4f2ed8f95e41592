import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { MediaStorage } from '../../src/media/storage/media-storage.ts';

async function* chunksOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function contentOf(chunks: AsyncIterable<Uint8Array> | null): Promise<Buffer | null> {
  if (chunks === null) return null;
  const taken: Uint8Array[] = [];
  for await (const chunk of chunks) taken.push(chunk);
  return Buffer.concat(taken);
}

const digest = (bytes: Uint8Array | null): string =>
  createHash('sha256')
    .update(bytes ?? 'null')
    .digest('hex');

/** What holds of every store of media. */
export function mediaStorageContract(name: string, open: () => Promise<MediaStorage>): void {
  describe(`media storage: ${name}`, () => {
    it('gives back what it was given, whole and in ranges', async () => {
      const storage = await open();
      const bytes = randomBytes(200_000);
      await storage.write('copies/one', chunksOf(bytes), 'video/mp4');
      expect(await storage.size('copies/one')).toBe(200_000);
      expect(digest(await contentOf(await storage.read('copies/one')))).toBe(digest(bytes));
      const middle = await contentOf(
        await storage.read('copies/one', { first: 100, last: 70_099 }),
      );
      expect(digest(middle)).toBe(digest(bytes.subarray(100, 70_100)));
      const last = await contentOf(
        await storage.read('copies/one', { first: 199_999, last: 199_999 }),
      );
      expect(last).toEqual(bytes.subarray(199_999));
    });

    it('keeps a file larger than what it holds of it at once', async () => {
      const storage = await open();
      const bytes = randomBytes(12 * 1024 * 1024);
      await storage.write('copies/large', chunksOf(bytes), 'video/mp4');
      expect(digest(await contentOf(await storage.read('copies/large')))).toBe(digest(bytes));
    });

    it('knows no file that was not written', async () => {
      const storage = await open();
      expect(await storage.size('copies/none')).toBeNull();
      expect(await storage.read('copies/none')).toBeNull();
      await storage.delete('copies/none');
    });

    it('keeps nothing of a content that breaks off, and throws what it threw', async () => {
      const storage = await open();
      const breaks = async function* (): AsyncGenerator<Uint8Array> {
        yield* chunksOf(randomBytes(7 * 1024 * 1024));
        throw new Error('broke off');
      };
      await expect(storage.write('copies/half', breaks(), 'video/mp4')).rejects.toThrow(
        'broke off',
      );
      expect(await storage.size('copies/half')).toBeNull();
    });

    it('leaves what was there when its successor breaks off', async () => {
      const storage = await open();
      await storage.write('copies/one', chunksOf(Buffer.from('first')), 'image/png');
      const breaks = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('sec');
        throw new Error('broke off');
      };
      await expect(storage.write('copies/one', breaks(), 'image/png')).rejects.toThrow('broke off');
      expect(String(await contentOf(await storage.read('copies/one')))).toBe('first');
    });

    it('puts a new content in place of the old one', async () => {
      const storage = await open();
      await storage.write('copies/one', chunksOf(Buffer.from('first')), 'image/png');
      await storage.write('copies/one', chunksOf(Buffer.from('the second')), 'image/png');
      expect(String(await contentOf(await storage.read('copies/one')))).toBe('the second');
    });

    it('deletes for good', async () => {
      const storage = await open();
      await storage.write('uploads/one', chunksOf(Buffer.from('x')), 'image/png');
      await storage.delete('uploads/one');
      expect(await storage.size('uploads/one')).toBeNull();
    });

    it('takes no key that could lead out of its place', async () => {
      const storage = await open();
      for (const key of ['../x', '/etc/x', 'a//b', 'A', 'a.b', '']) {
        const write = async (): Promise<void> =>
          storage.write(key, chunksOf(Buffer.from('x')), 'image/png');
        await expect(write()).rejects.toThrow(TypeError);
      }
    });
  });
}
