import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JobKey } from '../../src/domain/job.ts';
import { startCopier } from '../../src/media/copying/copier.ts';
import { findAddresses } from '../../src/media/fetching/guarded-connector.ts';
import { createMediaFetcher } from '../../src/media/fetching/media-fetcher.ts';
import { MEDIA_LIMITS } from '../../src/media/limits.ts';
import { openFileStorage } from '../../src/media/storage/file-storage.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { made, next, task } from '../store/contract/store-harness.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { until } from '../support/processes/until.ts';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';

const VIDEO = readFileSync(new URL('../../src/sandbox/files/assets/output.mp4', import.meta.url));
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const log = { debug() {}, info() {}, warn() {}, error() {} };

afterEach(removeFolders);

/** An output that is announced, and answers 403 until so long afterwards. */
async function startLateOutput(clock: ManualClock, lateMs: number) {
  const readableAt = clock.now() + lateMs;
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (clock.now() < readableAt) response.writeHead(403).end('not yet');
    else response.end(VIDEO);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, asked: () => asked };
}

/** A gateway's copier with the limits it has in earnest, on a clock of the test's. */
async function copyLate(lateMs: number, random: number) {
  const clock = createManualClock();
  const folder = newFolder();
  const store = await openSqliteStore({ url: `file:${join(folder, 'gateway.db')}`, clock, log });
  const output = await startLateOutput(clock, lateMs);
  const fetcher = createMediaFetcher({
    allowedOrigins: [output.origin],
    find: findAddresses,
    connectMs: MEDIA_LIMITS.connectMs,
    silentMs: MEDIA_LIMITS.silentMs,
  });
  const copier = startCopier({
    store: store.copies,
    teams: ['default'],
    jobsWritten: store.jobsWritten,
    files: { fetcher, storage: await openFileStorage(join(folder, 'media')), mostBytes: 1e7 },
    clock,
    random: () => random,
    log,
    leaseMs: MEDIA_LIMITS.copyLeaseMs,
    tryForMs: MEDIA_LIMITS.copyTryForMs,
    attemptMs: MEDIA_LIMITS.copyAttemptMs,
    keepMs: null,
    hasRoom: async () => true,
    atOnce: MEDIA_LIMITS.copiesAtOnce,
    atOncePerTeam: MEDIA_LIMITS.copiesAtOncePerTeam,
  });
  onTestFinished(async () => {
    await copier.stop();
    await fetcher.close();
    await store.close();
  });
  const running = task('default', 'late');
  await store.writeJobs([made(running)]);
  const outputUrl = `${output.origin}/output.mp4`;
  await store.writeJobs([next(running, { status: 'COMPLETED', progress: 100, outputUrl })]);
  const key: JobKey = { team: 'default', kind: 'HEAD_SWAP_TASK', id: 'late' };
  const began = clock.now();
  await until(() => output.asked() === 1);
  return {
    asked: output.asked,
    /** Lets the time go by until the copy is settled; resolves to it, and how long that took. */
    async settled(stepMs: number) {
      for (;;) {
        await until(() => copier.running() === 0);
        const copy = (await store.copies.readCopies([key]))[0]?.copies[0];
        if (copy !== undefined && copy.state !== 'PENDING') {
          return { copy, afterMs: clock.now() - began };
        }
        await clock.advance(stepMs);
      }
    },
  };
}

describe('an output that answers 403', () => {
  it.each([0.01, 0.5, 0.99])(
    'for a full minute is stored when it can be read (jitter %d)',
    async (random) => {
      const late = await copyLate(MINUTE_MS, random);
      const { copy, afterMs } = await late.settled(SECOND_MS);
      expect(copy).toMatchObject({ state: 'STORED', file: { bytes: VIDEO.length } });
      expect(afterMs).toBeGreaterThanOrEqual(MINUTE_MS);
      expect(afterMs).toBeLessThan(3 * MINUTE_MS);
      expect(late.asked()).toBeGreaterThan(4);
    },
  );

  it('for most of a day is stored, too', async () => {
    const late = await copyLate(23 * HOUR_MS, 0.5);
    const { copy, afterMs } = await late.settled(5 * MINUTE_MS);
    expect(copy.state).toBe('STORED');
    expect(afterMs).toBeLessThan(23 * HOUR_MS + 20 * MINUTE_MS);
  });

  it('for more than a day is given up, and says why', async () => {
    const late = await copyLate(48 * HOUR_MS, 0.5);
    const { copy, afterMs } = await late.settled(5 * MINUTE_MS);
    expect(copy).toMatchObject({ state: 'FAILED', problem: 'The source answered HTTP 403.' });
    expect(afterMs).toBeGreaterThanOrEqual(24 * HOUR_MS);
    expect(afterMs).toBeLessThan(24 * HOUR_MS + 20 * MINUTE_MS);
  });
});
