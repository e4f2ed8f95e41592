import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { MediaStorageError, type MediaStorage } from '../../src/media/storage/media-storage.ts';
import { createS3Storage } from '../../src/media/storage/s3-storage.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { withOutageLog } from '../../src/media/storage/with-outage-log.ts';
import { startGateway, stopGateways, type Gateway } from '../support/gateway/gateway.ts';
import { freePort } from '../support/processes/free-port.ts';

let gateway: Gateway;
let away: string;

beforeAll(async () => {
  away = `http://127.0.0.1:${await freePort()}`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await stopGateways();
});

async function start(): Promise<void> {
  gateway = await startGateway({
    env: {
      MEDIA_URL: `s3://media?endpoint=${away}&forcePathStyle=true`,
      AWS_ACCESS_KEY_ID: 'key-of-the-bucket',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-bucket',
    },
  });
}

it('tells callers of a bucket that is away to come back, and the log why', async () => {
  await start();
  const created = await gateway.ask(
    'mutation { createUpload(input: {purpose: FACE, bytes: 10, contentType: "image/png"}) { ... on Upload { id } } }',
  );
  const { id } = created.data.createUpload;
  const finish = 'mutation($id: ID!) { finishUpload(id: $id) { __typename } }';
  for (const _ of ['once', 'again']) {
    expect((await gateway.ask(finish, { id })).errors).toMatchObject([
      {
        message: 'The media store cannot be used.',
        extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 },
      },
    ]);
  }
  const told = gateway.logs.filter((line) => line.includes('The media store cannot be used'));
  expect(told.map((line) => JSON.parse(line))).toMatchObject([{ code: expect.any(String) }]);
});

it('asks for the bytes again where the database is away, before they come or after', async () => {
  const reads: ('well' | 'away')[] = [];
  gateway = await startGateway({
    wrapStore: (store) => ({
      ...store,
      uploads: {
        ...store.uploads,
        async readUploadByPutToken(token) {
          if (reads.shift() === 'away') throw new StoreUnavailableError('It is away.');
          return store.uploads.readUploadByPutToken(token);
        },
      },
    }),
  });
  const created = await gateway.ask(
    'mutation { createUpload(input: {purpose: FACE, bytes: 5, contentType: "image/png"}) { ... on Upload { put { url } } } }',
  );
  const { url } = created.data.createUpload.put;
  const headers = { 'content-type': 'image/png' };
  const put = () => fetch(url, { method: 'PUT', body: '12345', headers });
  const cases: (typeof reads)[] = [['away'], ['well', 'away']];
  for (const answers of cases) {
    reads.push(...answers);
    const refused = await put();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refused.json()).toMatchObject({
      errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 } }],
    });
  }
  expect((await put()).status).toBe(200);
});

it('says of links that nothing is there to sign with that the store cannot be used', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  const storage = createS3Storage({
    bucket: 'media',
    prefix: '',
    region: 'us-east-1',
    endpoint: away,
    forcePathStyle: true,
    credentials: null,
  });
  const refused = { name: 'MediaStorageError', problem: 'AWAY' };
  const file = { contentType: 'image/png', fileName: 'one', bytes: 1 };
  await expect(storage.links?.toRead('one', file, 60)).rejects.toMatchObject(refused);
  await expect(storage.links?.toWrite('one', file, 60)).rejects.toMatchObject(refused);
  await storage.close();
});

it('logs a failure once per change, and its end', async () => {
  let code: string | null = 'ECONNREFUSED';
  const size = async (): Promise<number> => {
    if (code !== null) throw new MediaStorageError('AWAY', code);
    return 1;
  };
  const lines: unknown[] = [];
  const note = (fields: object, message: string) => void lines.push({ ...fields, message });
  const log = { debug: note, info: note, warn: note, error: note };
  const none = async (): Promise<never> => Promise.reject(new Error('not asked'));
  const storage: MediaStorage = withOutageLog(
    { links: null, size, write: none, read: none, delete: none, close: async () => undefined },
    log,
  );
  const ask = () => storage.size('one').catch((error: Error) => error.name);
  expect([await ask(), await ask()]).toEqual(['MediaStorageError', 'MediaStorageError']);
  code = 'AccessDenied';
  await ask();
  code = null;
  expect([await ask(), await ask()]).toEqual([1, 1]);
  const message = 'The media store cannot be used.';
  expect(lines).toEqual([
    { code: 'ECONNREFUSED', message },
    { code: 'AccessDenied', message },
    { message: 'The media store can be used again' },
  ]);
});
