import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { HeadSwapTask, JobKey } from '../../src/domain/job.ts';
import { startCopier, type Copier, type CopierParts } from '../../src/media/copying/copier.ts';
import { findAddresses } from '../../src/media/fetching/guarded-connector.ts';
import { createMediaFetcher } from '../../src/media/fetching/media-fetcher.ts';
import { openFileStorage } from '../../src/media/storage/file-storage.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { made, next, task } from '../store/contract/store-harness.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { until } from '../support/processes/until.ts';

const VIDEO = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));
const log = { debug() {}, info() {}, warn() {}, error() {} };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  removeFolders();
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openStore(folder: string): Promise<Store> {
  const url = `file:${join(folder, 'gateway.db')}`;
  const store = await openSqliteStore({ url, clock: systemClock, log });
  ends.push(() => store.close());
  return store;
}

async function start(
  store: Store,
  folder: string,
  origin: string,
  changes: Partial<CopierParts> & { mostBytes?: number } = {},
): Promise<Copier> {
  const fetcher = createMediaFetcher({
    proxies: { http: null, https: null },
    allowedOrigins: [origin],
    find: findAddresses,
    connectMs: 2_000,
    silentMs: 2_000,
  });
  const copier = startCopier({
    store: store.copies,
    teams: ['default'],
    jobsWritten: store.jobsWritten,
    files: {
      fetcher,
      storage: await openFileStorage(join(folder, 'media')),
      mostBytes: changes.mostBytes ?? 10_000_000,
    },
    clock: systemClock,
    random: () => 0,
    log,
    leaseMs: 5_000,
    tryForMs: 60_000,
    keepMs: null,
    copies: true,
    hasRoom: async () => true,
    atOnce: 4,
    atOncePerTeam: 4,
    ...changes,
  });
  ends.push(
    () => fetcher.close(),
    () => copier.stop(),
  );
  return copier;
}

/** A task that ends now, with this output. */
async function finish(store: Store, id: string, outputUrl: string): Promise<JobKey> {
  const running = task('default', id);
  await store.writeJobs([made(running)]);
  const end: Partial<HeadSwapTask> = { status: 'COMPLETED', progress: 100, outputUrl };
  await store.writeJobs([next(running, end)]);
  return { team: 'default', kind: 'HEAD_SWAP_TASK', id };
}

const copyOf = async (store: Store, key: JobKey) =>
  (await store.copies.readCopies([key]))[0]?.copies[0];
const settled = (store: Store, key: JobKey) =>
  until(async () => {
    const copy = await copyOf(store, key);
    return copy !== undefined && copy.state !== 'PENDING';
  });

describe('a copier', () => {
  it('keeps the output of a task as soon as it ends', async () => {
    const folder = newFolder();
    const origin = await serve((_, response) => response.end(VIDEO));
    const store = await openStore(folder);
    await start(store, folder, origin);
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await settled(store, key);
    const copy = await copyOf(store, key);
    expect(copy).toMatchObject({
      state: 'STORED',
      file: { bytes: VIDEO.length, contentType: 'video/mp4' },
    });
    expect(readFileSync(join(folder, 'media', copy?.objectKey ?? ''))).toEqual(VIDEO);
  });

  it('keeps what ended while nobody copied', async () => {
    const folder = newFolder();
    const origin = await serve((_, response) => response.end(VIDEO));
    const store = await openStore(folder);
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await start(store, folder, origin);
    await settled(store, key);
    expect(await copyOf(store, key)).toMatchObject({ state: 'STORED' });
  });

  it('asks again while the source answers 403, and keeps what comes then', async () => {
    const folder = newFolder();
    let asked = 0;
    const origin = await serve((_, response) => {
      asked += 1;
      if (asked < 3) response.writeHead(403, { 'content-type': 'text/plain' }).end('not yet');
      else response.end(VIDEO);
    });
    const store = await openStore(folder);
    await start(store, folder, origin);
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await settled(store, key);
    expect(await copyOf(store, key)).toMatchObject({ state: 'STORED', attempts: 2 });
  });

  it('gives up what the source keeps back for too long, and says why', async () => {
    const folder = newFolder();
    const origin = await serve((_, response) => response.writeHead(404).end());
    const store = await openStore(folder);
    await start(store, folder, origin, { tryForMs: 0 });
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await settled(store, key);
    expect(await copyOf(store, key)).toMatchObject({
      state: 'FAILED',
      problem: 'The source answered HTTP 404.',
    });
  });

  it('copies a file once, however often its job changes afterwards', async () => {
    const folder = newFolder();
    let asked = 0;
    const origin = await serve((_, response) => {
      asked += 1;
      response.end(VIDEO);
    });
    const store = await openStore(folder);
    await start(store, folder, origin);
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await settled(store, key);
    const other = await finish(store, 'two', `${origin}/output.mp4`);
    await settled(store, other);
    expect(asked).toBe(2);
  });

  it('copies no more at once than it may', async () => {
    const folder = newFolder();
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const origin = await serve((_, response) => {
      open += 1;
      most = Math.max(most, open);
      waiting.push(() => {
        open -= 1;
        response.end(VIDEO);
      });
    });
    const store = await openStore(folder);
    const copier = await start(store, folder, origin, { atOnce: 3, atOncePerTeam: 2 });
    const keys = [];
    for (let n = 0; n < 6; n += 1) keys.push(await finish(store, `job-${n}`, `${origin}/${n}.mp4`));
    await until(() => waiting.length === 2);
    expect(copier.running()).toBe(2);
    const serving = setInterval(() => waiting.shift()?.(), 5);
    ends.push(() => clearInterval(serving));
    for (const key of keys) await settled(store, key);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('gives back what it was copying when it stops, and the next one keeps it', async () => {
    const folder = newFolder();
    let hang = true;
    let asked = 0;
    const origin = await serve((_, response) => {
      asked += 1;
      if (hang) response.write(VIDEO.subarray(0, 1000));
      else response.end(VIDEO);
    });
    const store = await openStore(folder);
    const first = await start(store, folder, origin);
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await until(() => asked === 1);
    await first.stop();
    hang = false;
    await start(store, folder, origin);
    await settled(store, key);
    expect(await copyOf(store, key)).toMatchObject({ state: 'STORED', attempts: 0 });
  });

  it('waits while the team has no room for more files', async () => {
    const folder = newFolder();
    let room = false;
    let asked = 0;
    const origin = await serve((_, response) => {
      asked += 1;
      response.end(VIDEO);
    });
    const store = await openStore(folder);
    let looks = 0;
    await start(store, folder, origin, {
      hasRoom: async () => {
        looks += 1;
        return room;
      },
    });
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await until(() => looks > 1);
    expect([asked, (await copyOf(store, key))?.state]).toEqual([0, 'PENDING']);
    room = true;
    await settled(store, key);
    expect(await copyOf(store, key)).toMatchObject({ state: 'STORED', attempts: 0 });
  });

  it('asks for nothing while copies are switched off, and deletes what was stored in its time', async () => {
    const folder = newFolder();
    let asked = 0;
    const origin = await serve((request, response) => {
      asked += 1;
      // The other one is under way for as long as anybody copies.
      if (request.url === '/output.mp4') response.end(VIDEO);
    });
    const store = await openStore(folder);
    const copier = await start(store, folder, origin, { keepMs: 600 });
    const stored = await finish(store, 'stored', `${origin}/output.mp4`);
    await settled(store, stored);
    const pending = await finish(store, 'pending', `${origin}/later.mp4`);
    await until(() => asked > 1);
    await copier.stop();
    const before = asked;
    const off = await start(store, folder, origin, { copies: false });
    const never = await finish(store, 'never', `${origin}/output.mp4`);
    await until(async () => (await copyOf(store, stored))?.state === 'FAILED');
    await until(async () => {
      const dueAt = await store.copies.nextCopyDue();
      return dueAt !== null && dueAt > Date.now() + 60_000;
    });
    await off.stop();
    expect(asked).toBe(before);
    expect((await copyOf(store, pending))?.state).toBe('PENDING');
    expect(await copyOf(store, never)).toBeUndefined();
  });

  it('deletes a copy when its time is over', async () => {
    const folder = newFolder();
    const origin = await serve((_, response) => response.end(VIDEO));
    const store = await openStore(folder);
    await start(store, folder, origin, { keepMs: 600 });
    const key = await finish(store, 'one', `${origin}/output.mp4`);
    await until(async () => (await copyOf(store, key))?.state === 'FAILED');
    expect(await copyOf(store, key)).toMatchObject({
      problem: 'The copy was deleted.',
      file: null,
    });
  });
});
