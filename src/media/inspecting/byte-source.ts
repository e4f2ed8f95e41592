import type { MediaStorage } from '../storage/media-storage.ts';

/** A kept file, read in pieces. */
export interface ByteSource {
  readonly bytes: number;
  /**
   * The bytes from `first` on, before `end`. Rejects with TooManyReadsError beyond the bounds of
   * one look.
   */
  read(first: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A file that cannot be understood from the little that one look may read. */
class TooManyReadsError extends Error {
  override readonly name = 'TooManyReadsError';
}

/** How much one look at a file may read: a header and an index, never the whole of a long file. */
const MOST_READS = 400;
const MOST_BYTES = 64 * 1024 * 1024;

/** Reads a file of the store. */
export function createByteSource(storage: MediaStorage, key: string, bytes: number): ByteSource {
  let reads = 0;
  let taken = 0;
  return {
    bytes,
    async read(first, end) {
      reads += 1;
      taken += end - first;
      if (reads > MOST_READS || taken > MOST_BYTES) throw new TooManyReadsError();
      const piece = Buffer.alloc(end - first);
      let filled = 0;
      const chunks = await storage.read(key, { first, last: end - 1 });
      if (chunks === null) throw new TooManyReadsError('The file is gone');
      for await (const chunk of chunks) {
        piece.set(chunk, filled);
        filled += chunk.length;
      }
      return piece.subarray(0, filled);
    },
  };
}
