import type { MediaStorage } from './media-storage.ts';

/** How much is written between two collections, in bytes. */
const EVERY_BYTES = 4 * 1024 * 1024;

/** The store, calling `collect` as files go in, so that the buffers they came in do not pile up. */
export function withGarbageCollection(storage: MediaStorage, collect: () => void): MediaStorage {
  let written = 0;
  const collecting = async function* (
    content: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      yield chunk;
      written += chunk.length;
      if (written < EVERY_BYTES) continue;
      written = 0;
      collect();
    }
  };
  return {
    ...storage,
    write: (key, content, contentType) => storage.write(key, collecting(content), contentType),
  };
}
