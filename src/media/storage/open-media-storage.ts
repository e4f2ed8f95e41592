import { openFileStorage } from './file-storage.ts';
import { withMemoryCollection } from './with-memory-collection.ts';
import { createYoungGenerationCollector } from './young-generation-collector.ts';
import type { MediaLocation } from '../../config/media/media-location.ts';
import type { MediaStorage } from './media-storage.ts';
import type { S3Credentials } from './s3-storage.ts';

/**
 * Opens the media store. Rejects with MediaStorageError where a folder cannot be made or written.
 */
export async function openMediaStorage(
  location: MediaLocation,
  credentials: S3Credentials | null,
): Promise<MediaStorage> {
  return withMemoryCollection(
    await openPlace(location, credentials),
    createYoungGenerationCollector(),
  );
}

async function openPlace(
  location: MediaLocation,
  credentials: S3Credentials | null,
): Promise<MediaStorage> {
  if (location.kind === 'folder') return openFileStorage(location.folder);
  // The SDK takes long to load, and who keeps files in a folder does not need it.
  const { createS3Storage } = await import('./s3-storage.ts');
  return createS3Storage({ ...location.place, credentials });
}
