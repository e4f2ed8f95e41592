import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { copyFile, type CopyAttempt } from '../../src/media/copying/copy-file.ts';
import type { FetchOutcome, MediaFetcher } from '../../src/media/fetching/media-fetcher.ts';
import { openFileStorage } from '../../src/media/storage/file-storage.ts';
import { MediaStorageError, type MediaStorage } from '../../src/media/storage/media-storage.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';

afterEach(removeFolders);

/** A real MP4's beginning, and then noise. */
const VIDEO = Buffer.concat([
  readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url)),
  randomBytes(300_000),
]);

/** A source that brings these bytes, and then breaks off if it is asked to. */
function sourceOf(
  bytes: Uint8Array,
  changes: { announced?: number | null; digests?: []; breaks?: boolean } = {},
): FetchOutcome {
  async function* read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    if (changes.breaks === true) throw new Error('other side closed');
  }
  const chunks = read();
  return {
    kind: 'opened',
    body: Object.assign(chunks, { destroy: () => chunks.return(undefined) }),
    bytes: changes.announced === undefined ? bytes.length : changes.announced,
    digests: changes.digests ?? [],
  };
}

async function copy(
  outcome: FetchOutcome,
  changes: { mostBytes?: number; storage?: MediaStorage } = {},
): Promise<{ outcome: CopyAttempt; kept: number | null }> {
  const storage = changes.storage ?? (await openFileStorage(join(newFolder(), 'media')));
  const fetcher: MediaFetcher = { fetch: async () => outcome, close: async () => {} };
  const parts = { fetcher, storage, mostBytes: changes.mostBytes ?? 1_000_000 };
  const found = await copyFile(
    parts,
    'https://x.example',
    'copies/one',
    new AbortController().signal,
  );
  return { outcome: found, kept: await storage.size('copies/one') };
}

describe('a copy', () => {
  it('is kept with its length, its digest and the type that its bytes tell', async () => {
    const { outcome, kept } = await copy(sourceOf(VIDEO));
    const sha256 = createHash('sha256').update(VIDEO).digest('hex');
    const file = { bytes: VIDEO.length, contentType: 'video/mp4', sha256 };
    expect(outcome).toEqual({ kind: 'kept', file });
    expect(kept).toBe(VIDEO.length);
  });

  it.each([
    ['HTML', Buffer.from('<!doctype html><h1>Access denied</h1>'.repeat(200))],
    ['JSON', Buffer.from('{"error":"not yet"}')],
    ['a drawing that can run scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['nothing', Buffer.alloc(0)],
  ])('of %s is not kept, now or later', async (_, bytes) => {
    const { outcome, kept } = await copy(sourceOf(bytes));
    expect(outcome).toEqual({
      kind: 'gone',
      problem: 'The source is neither a video nor a picture.',
    });
    expect(kept).toBeNull();
  });

  it.each([
    [
      'that broke off',
      sourceOf(VIDEO.subarray(0, 200_000), { announced: VIDEO.length, breaks: true }),
    ],
    ['shorter than announced', sourceOf(VIDEO, { announced: VIDEO.length + 1 })],
    ['longer than announced', sourceOf(VIDEO, { announced: VIDEO.length - 1 })],
    [
      'with another digest',
      {
        ...sourceOf(VIDEO),
        digests: [{ algorithm: 'sha256' as const, hex: '0'.repeat(64) }],
      } as FetchOutcome,
    ],
  ])('of a source %s is tried again, and nothing of it is kept', async (_, source) => {
    const { outcome, kept } = await copy(source);
    expect(outcome).toMatchObject({ kind: 'later' });
    expect(kept).toBeNull();
  });

  it.each([VIDEO.length, null])(
    'larger than is kept is not tried again (announced: %s)',
    async (announced) => {
      const { outcome, kept } = await copy(sourceOf(VIDEO, { announced }), { mostBytes: 200_000 });
      expect(outcome).toEqual({ kind: 'gone', problem: 'The source is larger than 200000 bytes.' });
      expect(kept).toBeNull();
    },
  );

  it('waits for room in the store', async () => {
    const storage = await openFileStorage(join(newFolder(), 'media'));
    const full = new MediaStorageError('FULL', 'ENOSPC');
    const { outcome } = await copy(sourceOf(VIDEO), {
      storage: { ...storage, write: () => Promise.reject(full) },
    });
    expect(outcome).toEqual({ kind: 'store', error: full });
  });
});
