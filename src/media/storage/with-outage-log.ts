import type { Log } from '../../runtime/log.ts';
import { MediaStorageError, type MediaStorage } from './media-storage.ts';

/**
 * The store, telling the log how it names what is wrong with it, and when it can be used again:
 * once per change, since everybody who wants a file meets the same.
 */
export function withOutageLog(storage: MediaStorage, log: Log): MediaStorage {
  let told: string | null = null;
  const failed = (error: unknown): never => {
    if (error instanceof MediaStorageError && error.code !== told) {
      told = error.code;
      log.error({ code: error.code }, error.message);
    }
    throw error;
  };
  const worked = <Result>(result: Result): Result => {
    if (told !== null) log.info({}, 'The media store can be used again');
    told = null;
    return result;
  };
  const { links } = storage;
  return {
    // A link is made without the store, and so proves nothing of it.
    links: links && {
      toRead: (...wanted) => links.toRead(...wanted).catch(failed),
      toWrite: (...wanted) => links.toWrite(...wanted).catch(failed),
    },
    write: (...file) => storage.write(...file).then(worked, failed),
    size: (key) => storage.size(key).then(worked, failed),
    read: (...wanted) => storage.read(...wanted).then(worked, failed),
    delete: (key) => storage.delete(key).then(worked, failed),
    close: () => storage.close(),
  };
}
