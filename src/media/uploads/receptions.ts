import type { Clock } from '../../runtime/clock.ts';
import type { UploadStore } from '../../store/media-store.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import { MediaStorageError, type MediaStorage } from '../storage/media-storage.ts';

/** A file as it arrives. */
export interface ArrivingFile {
  /** Null: it was not said. */
  readonly contentType: string | null;
  /** Null: it was not said. */
  readonly bytes: number | null;
  readonly content: AsyncIterable<Uint8Array>;
}

/** What became of it. `problem`: for people. */
export type Reception =
  | { readonly kind: 'kept' }
  /** No such place, or its time is over, or its bytes were looked at. */
  | { readonly kind: 'no place' }
  | { readonly kind: 'wrong type'; readonly problem: string }
  | { readonly kind: 'wrong size'; readonly problem: string; readonly isTooLarge: boolean }
  /** The sender broke off. */
  | { readonly kind: 'broken off' }
  | { readonly kind: 'store'; readonly error: MediaStorageError };

/** Takes the bytes of an upload. */
export type ReceiveUpload = (putToken: string, file: ArrivingFile) => Promise<Reception>;

/** The bytes of uploads on their way in. */
export interface Receptions {
  readonly receive: ReceiveUpload;
  /**
   * Runs it while no bytes that still arrive can take the place of the upload's; for one upload not
   * twice at once.
   */
  whileStill<Result>(id: string, run: () => Promise<Result>): Promise<Result>;
}

/** The upload was finished while its bytes came again. */
class TooLateError extends Error {}

class WrongSizeError extends Error {
  readonly isTooLarge: boolean;

  constructor(message: string, isTooLarge: boolean) {
    super(message);
    this.isTooLarge = isTooLarge;
  }
}

/**
 * Keeps exactly as many bytes as were announced; not one more is read than that. Bytes that come
 * again before the upload is finished take the place of those before. `receive` rejects with what
 * the store of uploads throws.
 */
export function createReceptions(
  store: UploadStore,
  storage: MediaStorage,
  clock: Clock,
): Receptions {
  /** Uploads that are being looked at. */
  const still = new Set<string>();
  /** What has come whole and is being kept, by upload. */
  const keeping = new Map<string, Promise<unknown>>();

  const receive: ReceiveUpload = async (putToken, { contentType, bytes, content }) => {
    const upload = await store.readUploadByPutToken(putToken);
    if (upload?.state !== 'AWAITING' || upload.putUntil <= clock.now()) return { kind: 'no place' };
    const { id } = upload;
    if (contentType !== upload.contentType) {
      return { kind: 'wrong type', problem: `Send content-type: ${upload.contentType}.` };
    }
    if (bytes !== null && bytes !== upload.bytes) return wrongSize(sizeError(bytes, upload.bytes));
    const arriving = async function* (): AsyncGenerator<Uint8Array> {
      yield* counted(content, upload.bytes);
      const now = await store.readUploadByPutToken(putToken);
      if (now?.state !== 'AWAITING' || still.has(id)) throw new TooLateError();
      const kept = Promise.allSettled([keeping.get(id), writing]).then(() => {
        if (keeping.get(id) === kept) keeping.delete(id);
      });
      keeping.set(id, kept);
    };
    const writing = storage.write(upload.objectKey, arriving(), upload.contentType);
    try {
      await writing;
      return { kind: 'kept' };
    } catch (error) {
      if (error instanceof WrongSizeError) return wrongSize(error);
      if (error instanceof TooLateError) return { kind: 'no place' };
      if (error instanceof MediaStorageError) return { kind: 'store', error };
      if (error instanceof StoreUnavailableError) throw error;
      return { kind: 'broken off' };
    }
  };

  return {
    receive,
    async whileStill(id, run) {
      still.add(id);
      try {
        await keeping.get(id);
        return await run();
      } finally {
        still.delete(id);
      }
    },
  };
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  announced: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > announced) throw sizeError(bytes, announced);
    yield chunk;
  }
  if (bytes < announced) throw sizeError(bytes, announced);
}

function sizeError(bytes: number, announced: number): WrongSizeError {
  const isTooLarge = bytes > announced;
  const come = isTooLarge ? 'More bytes come' : `Only ${bytes} bytes come`;
  return new WrongSizeError(`${come} than the ${announced} that were announced.`, isTooLarge);
}

function wrongSize({ message, isTooLarge }: WrongSizeError): Reception {
  return { kind: 'wrong size', problem: message, isTooLarge };
}
