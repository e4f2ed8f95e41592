import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import { recordStatements } from '../support/store/sqlite-plans.ts';
import { describeStoreContract } from './contract/store.contract.ts';

const folders: string[] = [];
const recorded = recordStatements();

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

describeStoreContract({
  name: 'SQLite',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'store-'));
    folders.push(folder);
    let now = 1_778_806_000_000;
    const store = await openSqliteStore({
      url: `file:${join(folder, 'new', 'gateway.db')}`,
      clock: { now: () => now, after: () => () => {} },
      connect: recorded.connect,
      log: { debug() {}, info() {}, warn() {}, error() {} },
    });
    return {
      store,
      now: () => now,
      async pass(milliseconds) {
        now += milliseconds;
      },
    };
  },
});

it('reads no table from end to end, whatever the contract asks', () => {
  expect(recorded.statements().length).toBeGreaterThan(60);
  expect(recorded.wholeReads()).toEqual([]);
});
