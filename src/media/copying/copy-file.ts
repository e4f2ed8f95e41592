import { createHash, type Hash } from 'node:crypto';
import type { MediaFetcher, OpenedSource } from '../fetching/media-fetcher.ts';
import { HEAD_BYTES, mediaTypeOf, type MediaType } from '../inspecting/media-type.ts';
import { MediaStorageError, type MediaStorage } from '../storage/media-storage.ts';

/** A file that was kept. */
export interface KeptFile {
  readonly bytes: number;
  readonly contentType: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** What came of one attempt to copy a file. */
export type CopyAttempt =
  | { readonly kind: 'kept'; readonly file: KeptFile }
  /** It will never be kept. `problem`: for people. */
  | { readonly kind: 'gone'; readonly problem: string }
  /** The source may answer later. */
  | { readonly kind: 'later'; readonly problem: string; readonly retryAfterMs: number | null }
  /** Our own store has no room, or is away. */
  | { readonly kind: 'store'; readonly error: MediaStorageError };

export interface CopyParts {
  readonly fetcher: MediaFetcher;
  readonly storage: MediaStorage;
  /** The most bytes that are kept of one file. */
  readonly mostBytes: number;
}

/**
 * Copies what a URL serves into the store under `key`, a chunk at a time. Nothing is kept unless
 * all of it came, as long as was announced, with the digest that was announced, and it is a video
 * or a picture by its bytes. Rejects only when `signal` aborts.
 */
export async function copyFile(
  { fetcher, storage, mostBytes }: CopyParts,
  url: string,
  key: string,
  signal: AbortSignal,
): Promise<CopyAttempt> {
  const source = await fetcher.fetch(url, signal);
  // What was broken off here says nothing of the source.
  signal.throwIfAborted();
  if (source.kind !== 'opened') return source;
  try {
    const chunks = source.body[Symbol.asyncIterator]();
    const head = await takeHead(chunks);
    const type = await mediaTypeOf(head);
    if (type === null) return gone('The source is neither a video nor a picture.');
    const counted = new Counted(source, mostBytes);
    await storage.write(key, counted.check(head, chunks), type.mime);
    return { kind: 'kept', file: counted.file(type) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof MediaStorageError) return { kind: 'store', error };
    if (error instanceof TooLargeError) return gone(error.message);
    const problem = error instanceof WrongBytesError ? error.message : 'The source broke off.';
    return { kind: 'later', problem, retryAfterMs: null };
  } finally {
    source.body.destroy();
  }
}

function gone(problem: string): CopyAttempt {
  return { kind: 'gone', problem };
}

class TooLargeError extends Error {}

/** What came is not what was announced. */
class WrongBytesError extends Error {}

async function takeHead(chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  for (let bytes = 0; bytes < HEAD_BYTES;) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    taken.push(value);
    bytes += value.length;
  }
  return Buffer.concat(taken);
}

/** Counts and hashes what passes, and ends the passing where it is not what was announced. */
class Counted {
  readonly #source: OpenedSource;
  readonly #mostBytes: number;
  readonly #sha256 = createHash('sha256');
  readonly #hashes: readonly { readonly hash: Hash; readonly hex: string }[];
  #bytes = 0;
  #hex = '';

  constructor(source: OpenedSource, mostBytes: number) {
    this.#source = source;
    this.#mostBytes = mostBytes;
    this.#hashes = source.digests.map(({ algorithm, hex }) => ({
      hash: createHash(algorithm),
      hex,
    }));
  }

  async *check(
    head: Uint8Array,
    rest: AsyncIterator<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if ((this.#source.bytes ?? 0) > this.#mostBytes) throw this.#tooLarge();
    for (let chunk = head; ;) {
      this.#count(chunk);
      yield chunk;
      const { done, value } = await rest.next();
      if (done === true) break;
      chunk = value;
    }
    const { bytes } = this.#source;
    if (bytes !== null && bytes !== this.#bytes)
      throw new WrongBytesError('The source sent another number of bytes than it announced.');
    if (this.#hashes.some(({ hash, hex }) => hash.digest('hex') !== hex))
      throw new WrongBytesError('The source sent other bytes than its digest says.');
    this.#hex = this.#sha256.digest('hex');
  }

  file({ mime }: MediaType): KeptFile {
    return { bytes: this.#bytes, contentType: mime, sha256: this.#hex };
  }

  #count(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#mostBytes) throw this.#tooLarge();
    this.#sha256.update(chunk);
    for (const { hash } of this.#hashes) hash.update(chunk);
  }

  #tooLarge(): TooLargeError {
    return new TooLargeError(`The source is larger than ${this.#mostBytes} bytes.`);
  }
}
