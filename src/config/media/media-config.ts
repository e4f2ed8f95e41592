import { dirname, resolve } from 'node:path';
import { filePathOf } from './file-path.ts';
import type { Environment } from '../environment.ts';
import type { MediaLocation } from './media-location.ts';

/** How files are kept. */
export interface MediaConfig {
  readonly location: MediaLocation;
  /** Null: as the SDK finds them. */
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  } | null;
  /** Whether outputs and previews are copied. */
  readonly copies: boolean;
  /** How long copies are kept, in milliseconds; null: for ever. */
  readonly keepMs: number | null;
  /** Null: made once, and kept in the database. */
  readonly signingKey: string | null;
  /** Of a team; null: no bound. */
  readonly quotaBytes: number | null;
}

/**
 * Keeps the SDK for buckets from writing a warning of its own to stderr: that its releases of next
 * year want a later Node. Which release is used comes with the gateway, so no operator can act on
 * it.
 */
export function silenceBucketSdk(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}

const DAY_MS = 24 * 60 * 60 * 1000;
const MEGABYTE = 1024 * 1024;

const isShared = (databaseUrl: string): boolean => !databaseUrl.startsWith('file:');

/** Null: no files are kept, since several instances would each have their own. */
export function mediaConfigOf(values: Environment): MediaConfig | null {
  if (values.MEDIA_URL === undefined && isShared(values.DATABASE_URL)) return null;
  const location = values.MEDIA_URL ?? besideDatabase(values.DATABASE_URL);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values;
  const session = values.AWS_SESSION_TOKEN;
  return {
    location,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? null
        : {
            accessKeyId,
            secretAccessKey,
            ...(session === undefined ? {} : { sessionToken: session }),
          },
    copies: values.ARCHIVE === 'on',
    keepMs: values.MEDIA_KEEP_DAYS === undefined ? null : values.MEDIA_KEEP_DAYS * DAY_MS,
    signingKey: values.MEDIA_SIGNING_KEY ?? null,
    quotaBytes: values.MEDIA_QUOTA_MB === undefined ? null : values.MEDIA_QUOTA_MB * MEGABYTE,
  };
}

/** Two gateways never share a database file, so neither do they share this folder. */
function besideDatabase(databaseUrl: string): MediaLocation {
  // One that names a host is refused by the store, before anything is kept.
  const file = filePathOf(databaseUrl) ?? '';
  return { kind: 'folder', folder: resolve(dirname(file), 'media') };
}

/** What is wrong with how files are to be kept. */
export function checkMedia(
  values: Environment,
  wrong: (variable: string, right: string) => void,
): void {
  if (values.MEDIA_URL?.kind === 'folder' && isShared(values.DATABASE_URL)) {
    wrong(
      'MEDIA_URL',
      'Each of several instances on Postgres would have files of its own: name a bucket, as in s3://bucket/prefix?region=eu-central-1, or leave it out to keep no files.',
    );
  }
  const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  const set = keys.find((key) => values[key] !== undefined);
  const missing = keys.find((key) => values[key] === undefined);
  if (set !== undefined && missing !== undefined) wrong(missing, `Needed: it comes with ${set}.`);
}
