import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, type ReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../runtime/errors.ts';
import { makeFolder } from '../../runtime/files/make-folder.ts';
import { syncFolderOf } from '../../runtime/files/sync-file.ts';
import { assertKey, MediaStorageError, type MediaStorage } from './media-storage.ts';

/** What is being written lies here, so that a file under its key is always whole. */
const PARTS = '.parts';

/** Only the gateway's own user reads what users sent. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Files in a folder of this machine, for one process. What a killed process left half written is
 * deleted here. Rejects with MediaStorageError where the folder cannot be made or written.
 */
export async function openFileStorage(folder: string): Promise<MediaStorage> {
  const parts = join(folder, PARTS);
  const pathOf = (key: string): string => {
    assertKey(key);
    return join(folder, key);
  };
  await explained(async () => {
    await rm(parts, { recursive: true, force: true });
    await makeFolder(folder);
    await mkdir(parts, { mode: FOLDER_MODE });
  });
  return {
    links: null,
    async write(key, content) {
      const path = pathOf(key);
      const part = join(parts, randomUUID());
      try {
        await writeDurably(part, content);
        await explained(async () => {
          await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
          await rename(part, path);
          await syncFolderOf(path);
        });
      } catch (error) {
        await rm(part, { force: true }).catch(() => undefined);
        throw error;
      }
    },
    size: (key) => explained(() => unlessMissing(async () => (await stat(pathOf(key))).size)),
    read: (key, range) =>
      explained(() =>
        unlessMissing(() =>
          opened(
            createReadStream(
              pathOf(key),
              range === undefined ? {} : { start: range.first, end: range.last },
            ),
          ),
        ),
      ),
    delete: (key) => explained(() => rm(pathOf(key), { force: true })),
    close: async () => {
      await rm(parts, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

async function writeDurably(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await explained(() => open(path, 'wx', FILE_MODE));
  try {
    for await (const chunk of content) await explained(() => writeWhole(file, chunk));
    await explained(() => file.sync());
  } finally {
    await file.close();
  }
}

/** A write may take less than it was given. */
async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done);
    done += bytesWritten;
  }
}

async function opened(stream: ReadStream): Promise<ReadStream> {
  await once(stream, 'open');
  return stream;
}

async function unlessMissing<Result>(run: () => Promise<Result>): Promise<Result | null> {
  try {
    return await run();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Runs it; what the system throws becomes a MediaStorageError. */
async function explained<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const code = codeOf(error);
    throw new MediaStorageError(NO_ROOM.has(code) ? 'FULL' : 'AWAY', code);
  }
}
