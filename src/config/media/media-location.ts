import { namesHost } from '../value-schemas.ts';
import { filePathOf } from './file-path.ts';

/** Where media are kept, as MEDIA_URL says it. */
export type MediaLocation =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 's3'; readonly place: BucketPlace };

/** Where in an S3-compatible store files lie. */
export interface BucketPlace {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the bucket itself. */
  readonly prefix: string;
  readonly region: string;
  /** Null: AWS. */
  readonly endpoint: string | null;
  /**
   * The bucket stands in the path, not in the host name, as most stores that are not AWS's want it.
   */
  readonly forcePathStyle: boolean;
}

const S3_PARAMETERS: ReadonlySet<string> = new Set(['region', 'endpoint', 'forcePathStyle']);

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Reads `file:<folder>` or `s3://<bucket>/<prefix>?region=…&endpoint=…&forcePathStyle=…`. A string
 * instead of a location says what is wrong.
 */
export function parseMediaUrl(text: string): MediaLocation | string {
  if (text.startsWith('file:')) {
    if (text === 'file:') return 'The folder is missing.';
    const folder = filePathOf(text);
    return folder === null ? 'It names no folder of this machine.' : { kind: 'folder', folder };
  }
  if (!text.startsWith('s3://') || !URL.canParse(text)) return 'Neither file: nor s3://.';
  const { hostname, port, pathname, searchParams, hash, username, password } = new URL(text);
  if (username !== '' || password !== '')
    return 'Credentials go into AWS_ACCESS_KEY_ID and the like.';
  if (!BUCKET.test(hostname)) return 'The bucket is missing, or no name of one.';
  if (port !== '') return "A store's port goes into its endpoint, as in http://127.0.0.1:9000.";
  if (hash !== '') return 'Nothing may stand behind a #: write one in the prefix as %23.';
  const unknown = [...searchParams.keys()].find((name) => !S3_PARAMETERS.has(name));
  if (unknown !== undefined)
    return 'It takes region, endpoint and forcePathStyle, and nothing else.';
  const endpoint = searchParams.get('endpoint');
  if (endpoint !== null && !(namesHost(endpoint) && /^https?:\/\/[^/?#]+\/?$/.test(endpoint))) {
    return 'The endpoint is an http or https URL without a path.';
  }
  const region = searchParams.get('region') ?? 'us-east-1';
  if (!/^[\w-]+$/.test(region)) return 'The region is a name, as in eu-central-1.';
  const forcePathStyle = searchParams.get('forcePathStyle') ?? 'false';
  if (!/^(true|false)$/.test(forcePathStyle)) return 'forcePathStyle is either true or false.';
  return {
    kind: 's3',
    place: {
      bucket: hostname,
      prefix: pathname.replace(/^\/+|\/+$/g, ''),
      region,
      endpoint,
      forcePathStyle: forcePathStyle === 'true',
    },
  };
}
