import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaStorage } from '../../src/media/storage/media-storage.ts';
import { createS3Storage } from '../../src/media/storage/s3-storage.ts';
import type { S3Server } from '../support/media/s3-server.ts';
import { startSwift } from '../support/media/swift.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { isMissing } from '../support/processes/system-server.ts';
import { mediaStorageContract } from './storage.contract.ts';

/** A store that holds every request, presigned ones too, to its signature. */
describe.skipIf(isMissing('swift-proxy-server'))('Swift', () => {
  let server: S3Server;
  let prefixes = 0;

  beforeAll(async () => {
    server = await startSwift();
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    removeFolders();
  });

  const open = (secretAccessKey = server.credentials.secretAccessKey): MediaStorage =>
    createS3Storage({
      bucket: server.bucket,
      prefix: `gateway/${(prefixes += 1)}`,
      region: 'us-east-1',
      endpoint: server.endpoint,
      forcePathStyle: true,
      credentials: { ...server.credentials, secretAccessKey },
    });

  mediaStorageContract('Swift', async () => open());

  const content = async function* (text: string): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text);
  };
  const file = { contentType: 'video/mp4', fileName: 'output.mp4' };
  const codeIn = async (response: Response): Promise<[number, string | undefined]> => [
    response.status,
    /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1],
  ];
  const send = (url: string, body: string, headers: Record<string, string>): Promise<Response> =>
    fetch(url, { method: 'PUT', body, headers });

  it('answers a link to a file, in ranges too, and under the name it is given', async () => {
    const storage = open();
    await storage.write('copies/one', content('0123456789'), 'video/mp4');
    const url = (await storage.links?.toRead('copies/one', file, 60)) ?? '';
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
    expect(part.headers.get('content-disposition')).toBe('inline; filename="output.mp4"');
    expect(part.headers.get('content-type')).toBe('video/mp4');
  });

  it('refuses a link whose time is over, was lengthened, or that leads to another file', async () => {
    const storage = open();
    for (const key of ['copies/one', 'copies/two'])
      await storage.write(key, content(key), 'video/mp4');
    const url = (await storage.links?.toRead('copies/one', file, 1)) ?? '';
    const long = (await storage.links?.toRead('copies/one', file, 60)) ?? '';
    const lengthened = long.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000');
    expect(lengthened).not.toBe(long);
    expect(await codeIn(await fetch(lengthened))).toEqual([403, 'SignatureDoesNotMatch']);
    const other = long.replace('/copies/one?', '/copies/two?');
    expect(await codeIn(await fetch(other))).toEqual([403, 'SignatureDoesNotMatch']);
    await expect
      .poll(async () => codeIn(await fetch(url)), { timeout: 10_000, interval: 200 })
      .toEqual([403, 'AccessDenied']);
  });

  it('takes exactly the bytes and the type that a link to write was made for', async () => {
    const storage = open();
    const wanted = { contentType: 'image/png', bytes: 5 };
    const link = await storage.links?.toWrite('uploads/one', wanted, 60);
    if (link === undefined) throw new Error('no link');
    const refused = [403, 'SignatureDoesNotMatch'];
    expect(await codeIn(await send(link.url, '123456', { ...link.headers }))).toEqual(refused);
    expect(await codeIn(await send(link.url, '1234', { ...link.headers }))).toEqual(refused);
    const video = { 'content-type': 'video/mp4' };
    expect(await codeIn(await send(link.url, '12345', video))).toEqual(refused);
    expect(await storage.size('uploads/one')).toBeNull();
    expect((await send(link.url, '12345', { ...link.headers })).status).toBe(200);
    expect(await storage.size('uploads/one')).toBe(5);
  });

  it('refuses a gateway whose secret is not right, which says that the store cannot be used', async () => {
    const storage = open('another-secret');
    await expect(storage.write('copies/one', content('x'), 'image/png')).rejects.toMatchObject({
      problem: 'AWAY',
      code: 'SignatureDoesNotMatch',
    });
  });
});
