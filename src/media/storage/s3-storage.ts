import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { BucketPlace } from '../../config/media/media-location.ts';
import {
  assertKey,
  MediaStorageError,
  type MediaStorage,
  type StorageLinks,
} from './media-storage.ts';

/** Keys of an account of an S3-compatible store. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where in an S3-compatible store the files lie, and how to open it. */
export interface S3Place extends BucketPlace {
  /** Null: as the SDK finds them, in its files or from the machine's role. */
  readonly credentials: S3Credentials | null;
}

/** The least that S3 takes for a part, so that few bytes are held for a file of any size. */
const PART_BYTES = 5 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

/** S3-compatible stores name their ways of being full differently. */
const FULL = /^(QuotaExceeded|XMinioStorageFull|InsufficientStorage|StorageFull|EntityTooLarge)/;

/**
 * Files in a bucket, for any number of instances. Nothing is asked of the store before the first
 * verb.
 */
export function createS3Storage(place: S3Place): MediaStorage {
  const client = new S3Client(clientConfig(place));
  const objectOf = (key: string): { readonly Bucket: string; readonly Key: string } => {
    assertKey(key);
    return { Bucket: place.bucket, Key: place.prefix === '' ? key : `${place.prefix}/${key}` };
  };
  return {
    links: linksOf(client, objectOf),
    write: (key, content, contentType) => writeObject(client, objectOf(key), content, contentType),
    size: (key) =>
      explained(async () => {
        const found = await client.send(new HeadObjectCommand(objectOf(key)));
        return found.ContentLength ?? 0;
      }),
    read: (key, range) =>
      explained(async () => {
        const wanted = range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` };
        const found = await client.send(new GetObjectCommand({ ...objectOf(key), ...wanted }));
        return found.Body instanceof Readable ? found.Body : Readable.from([]);
      }),
    delete: async (key) => {
      await explained(async () => {
        await client.send(new DeleteObjectCommand(objectOf(key)));
        return null;
      });
    },
    close: async () => client.destroy(),
  };
}

function clientConfig(place: S3Place): S3ClientConfig {
  return {
    region: place.region,
    forcePathStyle: place.forcePathStyle,
    // The SDK's newer default checksums are refused by older compatible stores.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    ...(place.credentials === null ? {} : { credentials: place.credentials }),
  };
}

type ObjectName = { readonly Bucket: string; readonly Key: string };

/**
 * An error of the content's own is thrown on as it is, after the parts that were sent are given up.
 */
async function writeObject(
  client: S3Client,
  name: ObjectName,
  content: AsyncIterable<Uint8Array>,
  contentType: string,
): Promise<void> {
  let contentError: unknown = null;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      contentError = error;
      throw error;
    }
  };
  const upload = new Upload({
    client,
    params: { ...name, Body: Readable.from(watched()), ContentType: contentType },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
    leavePartsOnError: false,
  });
  try {
    await upload.done();
  } catch (error) {
    throw contentError ?? toStorageError(error);
  }
}

function linksOf(client: S3Client, objectOf: (key: string) => ObjectName): StorageLinks {
  return {
    toRead: (key, { contentType, fileName }, validForSeconds) =>
      signed(
        client,
        new GetObjectCommand({
          ...objectOf(key),
          ResponseContentType: contentType,
          ResponseContentDisposition: `inline; filename="${fileName}"`,
        }),
        { expiresIn: validForSeconds },
      ),
    async toWrite(key, { contentType, bytes }, validForSeconds) {
      const url = await signed(
        client,
        new PutObjectCommand({
          ...objectOf(key),
          ContentType: contentType,
          ContentLength: bytes,
        }),
        // The store then refuses another type or size by itself.
        {
          expiresIn: validForSeconds,
          signableHeaders: new Set(['host', 'content-type', 'content-length']),
        },
      );
      return { url, headers: { 'content-type': contentType } };
    },
  };
}

/** Nothing is asked of the store for it, but there may be no credentials to sign with. */
const signed: typeof getSignedUrl = async (...wanted) => {
  try {
    return await getSignedUrl(...wanted);
  } catch (error) {
    throw toStorageError(error);
  }
};

/**
 * Runs it; null where there is no such object, MediaStorageError for everything else that the store
 * says.
 */
async function explained<Result>(run: () => Promise<Result>): Promise<Result | null> {
  try {
    return await run();
  } catch (error) {
    if (isMissing(error)) return null;
    throw toStorageError(error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && /^(NoSuchKey|NotFound)$/.test(error.name);
}

function toStorageError(error: unknown): MediaStorageError {
  const code = error instanceof Error ? error.name : 'unknown';
  return new MediaStorageError(FULL.test(code) ? 'FULL' : 'AWAY', code);
}
