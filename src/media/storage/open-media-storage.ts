import { silenceBucketSdk } from '../../config/media/media-config.ts';
import { ConfigError, shown } from '../../config/mistakes.ts';
import type { MediaLocation } from '../../config/media/media-location.ts';
import type { Log } from '../../runtime/log.ts';
import { openFileStorage } from './file-storage.ts';
import { MediaStorageError, type MediaStorage } from './media-storage.ts';
import type { S3Credentials } from './s3-storage.ts';
import { withOutageLog } from './with-outage-log.ts';
import { withGarbageCollection } from './with-garbage-collection.ts';
import { createYoungGenerationCollector } from './young-generation-collector.ts';

/** Opens the media store. Rejects with ConfigError where a folder cannot be made or written. */
export async function openMediaStorage(
  location: MediaLocation,
  credentials: S3Credentials | null,
  log: Log,
): Promise<MediaStorage> {
  const storage = await openPlace(location, credentials);
  return withGarbageCollection(withOutageLog(storage, log), createYoungGenerationCollector());
}

async function openPlace(
  location: MediaLocation,
  credentials: S3Credentials | null,
): Promise<MediaStorage> {
  if (location.kind === 'folder') return openFolder(location.folder);
  // The SDK takes long to load, and who keeps files in a folder does not need it.
  const { createS3Storage } = await import('./s3-storage.ts');
  silenceBucketSdk();
  return createS3Storage({ ...location.place, credentials });
}

async function openFolder(folder: string): Promise<MediaStorage> {
  try {
    return await openFileStorage(folder);
  } catch (error) {
    if (!(error instanceof MediaStorageError)) throw error;
    const right = `Files live in this folder, which cannot be made or written (${error.code}). Name another, as in file:./data/media.`;
    const found = shown('MEDIA_URL', `file:${folder}`);
    throw new ConfigError([{ variable: 'MEDIA_URL', found, right }]);
  }
}
