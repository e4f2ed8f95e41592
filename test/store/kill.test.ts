import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { programOf } from '../support/processes/programs.ts';

const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const open = (url: string): Promise<Store> => openSqliteStore({ url, clock: systemClock, log });

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  removeFolders();
});

/** Runs a writer until `isEnough` or its own end, then kills it. Resolves to what it said. */
async function write(
  url: string,
  first: number,
  isEnough: (said: readonly string[]) => boolean,
  limit = 'unlimited',
): Promise<string[]> {
  // The shell sets the largest size of a file, in blocks, and becomes the writer.
  const command = `ulimit -f ${limit}; exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, programOf('store-writer'), url, String(first)];
  const writer = spawn('sh', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child = writer;
  const ended = new Promise((resolve) => writer.once('close', resolve));
  const said: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    said.push(line);
    if (isEnough(said)) writer.kill('SIGKILL');
  }
  await ended;
  return said;
}

async function expectBought(store: Store, numbers: readonly number[]): Promise<void> {
  const keys = numbers.map(
    (number) => ({ team: 'team', kind: 'HEAD_SWAP_TASK', id: `task-${number}` }) as const,
  );
  const jobs = await store.readJobs(keys);
  expect(new Set(jobs.map(({ job }) => job.id))).toEqual(new Set(keys.map(({ id }) => id)));
  expect(jobs.every(({ job }) => job.version === 2)).toBe(true);
  for (const key of keys) expect((await store.readPurchaseByJob(key))?.state).toBe('ACCEPTED');
  const changes = await store.readChanges('team', 0, 1_000_000);
  expect(await store.readSequence('team')).toBe(changes.at(-1)?.sequence);
}

describe('a store that is killed', () => {
  it('has lost nothing that it had acknowledged', async () => {
    const url = `file:${join(newFolder(), 'gateway.db')}`;
    const acknowledged: number[] = [];
    for (const enough of [1, 40, 150]) {
      const said = await write(url, acknowledged.length, ({ length }) => length > enough);
      expect(said[0]).toBe('open');
      acknowledged.push(...said.slice(1).map(Number));
      expect(acknowledged).toEqual(acknowledged.map((_, index) => index));
      const store = await open(url);
      await expectBought(store, acknowledged);
      // The next writer begins where no key has been used; the last one's may be half done.
      const [half] = await store.listPurchases(['RESERVED', 'SENDING']);
      const reached = await store.readSequence('team');
      expect(reached).toBeGreaterThanOrEqual(2 * acknowledged.length);
      if (half !== undefined) await store.movePurchase(half, [half.state], 'NOT_SENT');
      await store.close();
    }
  });

  it('has kept a second process out, and leaves the file to the next', async () => {
    const url = `file:${join(newFolder(), 'gateway.db')}`;
    let isRefused = false;
    let second: Promise<void> | undefined;
    const said = await write(url, 0, () => {
      second ??= open(url).then(
        (store) => store.close(),
        (error: unknown) => {
          isRefused = true;
          expect(error).toMatchObject({ name: 'StoreOpenError', code: 'IN_USE' });
          expect(String(error)).toMatch(/Another process has the database .*gateway\.db/);
        },
      );
      return isRefused;
    });
    await second;
    expect(isRefused).toBe(true);
    const store = await open(url);
    await expectBought(store, said.slice(1).map(Number));
    await store.close();
  });

  it('has kept its word when the disk takes no more', async () => {
    const url = `file:${join(newFolder(), 'gateway.db')}`;
    const said = await write(url, 0, () => false, '1200');
    expect(said.at(-1)).toBe('StoreUnavailableError: ');
    const numbers = said.slice(1, -1).map(Number);
    expect(numbers.length).toBeGreaterThan(0);
    const store = await open(url);
    await expectBought(store, numbers);
    expect((await store.listPurchases(['ACCEPTED'])).length).toBeLessThanOrEqual(
      numbers.length + 1,
    );
    await store.close();
  });
});
