import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaStorage } from '../../src/media/storage/media-storage.ts';
import { createS3Storage } from '../../src/media/storage/s3-storage.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { startS3Server, type S3Server } from '../support/media/s3-server.ts';
import { mediaStorageContract } from './storage.contract.ts';

let server: S3Server;
let prefixes = 0;

beforeAll(async () => {
  server = await startS3Server();
});
afterAll(async () => {
  await server.stop();
  removeFolders();
});

const open = (changes: { bucket?: string } = {}): MediaStorage =>
  createS3Storage({
    bucket: server.bucket,
    prefix: `gateway/${(prefixes += 1)}`,
    region: 'us-east-1',
    endpoint: server.endpoint,
    forcePathStyle: true,
    credentials: server.credentials,
    ...changes,
  });

mediaStorageContract('a bucket', async () => open());

const content = async function* (text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
};

describe('a bucket of media', () => {
  it('gives a link that reads a file, in ranges too, and under the name it is given', async () => {
    const storage = open();
    await storage.write('copies/one', content('0123456789'), 'video/mp4');
    const file = { contentType: 'video/mp4', fileName: 'output.mp4' };
    const url = (await storage.links?.toRead('copies/one', file, 60)) ?? '';
    const whole = await fetch(url);
    expect(await whole.text()).toBe('0123456789');
    expect(whole.headers.get('content-disposition')).toBe('inline; filename="output.mp4"');
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
  });

  it('gives a link that writes a file, signed with its type and its size', async () => {
    const storage = open();
    const wanted = { contentType: 'image/png', bytes: 5 };
    const link = await storage.links?.toWrite('uploads/one', wanted, 60);
    if (link === undefined) throw new Error('no link');
    const signed = new URL(link.url).searchParams.get('X-Amz-SignedHeaders');
    expect(signed).toBe('content-length;content-type;host');
    const put = await fetch(link.url, {
      method: 'PUT',
      body: '12345',
      headers: { ...link.headers },
    });
    expect(put.status).toBe(200);
    expect(await storage.size('uploads/one')).toBe(5);
  });

  it('says that it cannot be used where the bucket is missing, without naming it', async () => {
    const storage = open({ bucket: 'another' });
    await expect(storage.write('copies/one', content('x'), 'image/png')).rejects.toMatchObject({
      problem: 'AWAY',
      code: 'NoSuchBucket',
      message: 'The media store cannot be used.',
    });
  });
});
