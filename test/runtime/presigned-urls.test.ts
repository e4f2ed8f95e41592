import { describe, expect, it } from 'vitest';
import { expiryOf } from '../../src/runtime/urls.ts';

const at = (instant: string): number => Date.parse(instant);
const policy = (text: string): string =>
  Buffer.from(text)
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('=', '_')
    .replaceAll('/', '~');

describe('the expiry of a presigned URL', () => {
  it.each([
    [
      'S3',
      'https://b.s3.amazonaws.com/a.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260515&X-Amz-Date=20260515T004659Z&X-Amz-Expires=3600&X-Amz-Security-Token=x&X-Amz-SignedHeaders=host&X-Amz-Signature=abc',
      at('2026-05-15T01:46:59Z'),
    ],
    [
      'S3, version 2',
      'https://b.s3.amazonaws.com/a.mp4?AWSAccessKeyId=A&Expires=1778806019&Signature=a%2Fb%3D',
      1778806019000,
    ],
    [
      'Google Cloud Storage',
      'https://storage.googleapis.com/b/a.mp4?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Date=20260515T000000Z&X-Goog-Expires=900&X-Goog-Signature=abc',
      at('2026-05-15T00:15:00Z'),
    ],
    [
      'Google Cloud Storage, version 2',
      'https://storage.googleapis.com/b/a.mp4?GoogleAccessId=a%40b&Expires=1778806019&Signature=abc',
      1778806019000,
    ],
    [
      'Azure',
      'https://a.blob.core.windows.net/c/a.mp4?sv=2022-11-02&st=2026-05-14T00%3A00%3A00Z&se=2026-05-15T01%3A02%3A03Z&sr=b&sp=r&sig=a%2Bb%3D',
      at('2026-05-15T01:02:03Z'),
    ],
    [
      'Azure, to the minute',
      'https://a.b/c?se=2026-05-15T01%3A02Z&sig=x',
      at('2026-05-15T01:02:00Z'),
    ],
    ['Azure, to the day', 'https://a.b/c?se=2026-05-15&sig=x', at('2026-05-15T00:00:00Z')],
    [
      'CloudFront',
      'https://d111.cloudfront.net/a.mp4?Expires=1778806019&Signature=abc__&Key-Pair-Id=K1',
      1778806019000,
    ],
    [
      'CloudFront, with a policy',
      `https://d111.cloudfront.net/a.mp4?Policy=${policy('{"Statement":[{"Resource":"https://d111/*","Condition":{"DateLessThan":{"AWS:EpochTime":1778806019}}}]}')}&Signature=abc&Key-Pair-Id=K1`,
      1778806019000,
    ],
  ])('%s', (_name, url, expected) => {
    expect(expiryOf(url)).toBe(expected);
  });

  it.each([
    ['none at all', 'https://a.b/c.mp4'],
    ['no URL', 'hello'],
    ['Expires without a signature', 'https://a.b/c?Expires=1'],
    ['a signature of somebody else', 'https://a.b/c?Expires=1&Signature=x'],
    ['se without sig', 'https://a.b/c?se=2020-01-01'],
    ['se that is no instant', 'https://a.b/c?se=sweden&sig=x'],
    ['se on a day that there is not', 'https://a.b/c?se=2026-13-45&sig=x'],
    ['a beginning without a length', 'https://a.b/c?X-Amz-Date=20200101T000000Z&X-Amz-Signature=x'],
    ['another case', 'https://a.b/c?x-amz-date=20200101T000000Z&x-amz-expires=1&x-amz-signature=x'],
    [
      'a length that is no number',
      'https://a.b/c?X-Amz-Date=20200101T000000Z&X-Amz-Expires=1h&X-Amz-Signature=x',
    ],
    ['a policy that is none', 'https://a.b/c?Policy=%00&Key-Pair-Id=K&Signature=x'],
  ])('is not known: %s', (_name, url) => {
    expect(expiryOf(url)).toBeNull();
  });
});
