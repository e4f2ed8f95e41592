import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { collectSecrets } from '../../src/config/collect-secrets.ts';

const POSTGRES = { DATABASE_URL: 'postgres://gateway@127.0.0.1/gateway' };

describe('the configuration of files', () => {
  it('is a folder beside the embedded database, with copies that are kept', () => {
    expect(readConfig({}).media).toEqual({
      location: { kind: 'folder', folder: resolve('data/media') },
      credentials: null,
      copies: true,
      keepMs: null,
      signingKey: null,
      quotaBytes: null,
    });
  });

  it('is beside the database file, wherever that is', () => {
    for (const [DATABASE_URL, folder] of [
      ['file:/data/gateway.db', '/data/media'],
      ['file:///data/gateway.db', '/data/media'],
      ['file:///a%20folder/gateway.db', '/a folder/media'],
    ] as const) {
      const { media } = readConfig({ DATABASE_URL });
      expect(media?.location).toEqual({ kind: 'folder', folder });
    }
  });

  it('is none beside Postgres, where each instance would have its own', () => {
    expect(readConfig(POSTGRES).media).toBeNull();
    expect(() => readConfig({ ...POSTGRES, MEDIA_URL: 'file:./media' })).toThrow(
      /Each of several instances on Postgres would have files of its own: name a bucket/,
    );
  });

  it('is a bucket, with what it takes to open it', () => {
    const endpoint = 'http://127.0.0.1:9000';
    const url = `s3://media/gateway/files/?region=eu-central-1&endpoint=${endpoint}&forcePathStyle=true`;
    const { media } = readConfig({
      ...POSTGRES,
      MEDIA_URL: url,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-bucket',
      ARCHIVE: 'off',
      MEDIA_KEEP_DAYS: '2',
      MEDIA_QUOTA_MB: '3',
    });
    expect(media).toMatchObject({
      location: {
        kind: 's3',
        place: {
          bucket: 'media',
          prefix: 'gateway/files',
          region: 'eu-central-1',
          endpoint,
          forcePathStyle: true,
        },
      },
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret-of-the-bucket' },
      copies: false,
      keepMs: 2 * 24 * 60 * 60 * 1000,
      quotaBytes: 3 * 1024 * 1024,
    });
  });

  it.each([
    ['ftp://media/', /Neither file: nor s3:\/\//],
    ['file:', /The folder is missing/],
    ['file://./data/media', /no folder of this machine/],
    ['s3://', /The bucket is missing/],
    ['s3://media/?acl=public', /It takes region, endpoint and forcePathStyle, and nothing else/],
    ['s3://media/?endpoint=minio:9000', /The endpoint is an http or https URL without a path/],
    ['s3://media/?endpoint=http://,', /The endpoint is an http or https URL without a path/],
    ['s3://media:9000/', /A store's port goes into its endpoint/],
    ['s3://media/prefix#1', /write one in the prefix as %23/],
    ['s3://media/?region=', /The region is a name/],
    ['s3://media/?forcePathStyle=yes', /forcePathStyle is either true or false/],
    ['s3://id:secret@media/', /Credentials go into AWS_ACCESS_KEY_ID/],
  ])('refuses %s', (MEDIA_URL, right) => {
    expect(() => readConfig({ MEDIA_URL })).toThrow(right);
  });

  it('wants both keys of a bucket, and a signing key that cannot be guessed', () => {
    expect(() => readConfig({ AWS_ACCESS_KEY_ID: 'id' })).toThrow(/comes with AWS_ACCESS_KEY_ID/);
    expect(() => readConfig({ MEDIA_SIGNING_KEY: 'short' })).toThrow(/At least 32 characters/);
  });

  it('keeps its secrets out of the log', () => {
    const MEDIA_SIGNING_KEY = 'k'.repeat(32);
    const keys = {
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'bucket-secret',
      AWS_SESSION_TOKEN: 'session',
    };
    const secrets = collectSecrets(readConfig({ MEDIA_SIGNING_KEY, ...keys }));
    expect(secrets).toEqual(
      expect.arrayContaining([MEDIA_SIGNING_KEY, 'bucket-secret', 'session']),
    );
  });
});
