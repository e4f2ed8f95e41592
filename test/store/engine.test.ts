import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log, LogFields } from '../../src/runtime/log.ts';
import { migrate } from '../../src/store/sql/schema/migrations.ts';
import { createSqlStore } from '../../src/store/sql/sql-store.ts';
import {
  openSqliteConnection,
  type SqliteConnection,
} from '../../src/store/sqlite/sqlite-connection.ts';
import { sqliteEngine } from '../../src/store/sqlite/sqlite-engine.ts';
import { type Store, StoreUnavailableError } from '../../src/store/store.ts';
import { made, next, order, schedule, task } from './contract/store-harness.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

const SENTENCE = 'The gateway cannot reach its own records right now. Try again.';
const CANARY = 'canary-5d1f';

let file: string;
let connection: SqliteConnection;
let store: Store;
let logged: [LogFields, string][];

beforeEach(async () => {
  file = join(newFolder(), 'gateway.db');
  logged = [];
  const silent = (): void => {};
  const error: Log['error'] = (fields, message) => void logged.push([fields, message]);
  const log = { debug: silent, info: silent, warn: silent, error };
  connection = openSqliteConnection(file);
  const engine = sqliteEngine(connection, createManualClock(), log);
  store = createSqlStore(engine, await migrate(engine, file));
});

afterEach(async () => {
  await store.close();
  removeFolders();
});

async function expectUnavailable(verb: Promise<unknown>): Promise<void> {
  const error: unknown = await verb.catch((refusal: unknown) => refusal);
  expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(error).toMatchObject({ message: SENTENCE });
  expect(JSON.stringify(logged)).not.toContain(CANARY);
}

describe('a SQLite engine in trouble', () => {
  it('records nothing on a full disk, and goes on when there is room again', async () => {
    const pages = (limit: number) => connection.all(`pragma max_page_count = ${limit}`, []);
    await store.reservePurchase(order('team', 'before'));
    const job = task('team', 'x');
    await store.writeJobs([made(job)]);
    pages(1);
    const large = { fileName: CANARY.padEnd(100_000, '-') };
    await expectUnavailable(store.writeJobs([next(job, large)]));
    const big = { job: task('team', 'bought', large), schedule: schedule(), mayBeShared: false };
    await expectUnavailable(
      store.movePurchase(order('team', 'before'), ['RESERVED'], 'ACCEPTED', { accepted: big }),
    );
    await expectUnavailable(
      store.reservePurchase(order('team', CANARY, { input: large.fileName })),
    );
    expect(logged[0]).toEqual([{ engine: 'database or disk is full' }, 'The store cannot answer.']);
    expect((await store.readJobs([job]))[0]?.job).toEqual(job);
    expect((await store.readPurchase(order('team', 'before')))?.state).toBe('RESERVED');
    pages(100_000);
    expect(await store.readPurchase(order('team', CANARY))).toBeNull();
    expect(await store.readSequence('team')).toBe(1);
    expect((await store.writeJobs([next(job, large)]))[0]?.sequence).toBe(2);
  });

  it('answers reads, but no write, while another tool holds the file', async () => {
    const tool = new DatabaseSync(file);
    tool.exec('begin immediate');
    await expectUnavailable(store.check());
    await expectUnavailable(store.reservePurchase(order('team', CANARY)));
    expect(await store.readPurchase(order('team', CANARY))).toBeNull();
    tool.exec('rollback');
    tool.close();
    await store.check();
    expect((await store.reservePurchase(order('team', CANARY))).taken).toBe(true);
  });

  it('names what the engine refused, never the values', async () => {
    await store.reservePurchase(order('team', 'a', { tokenDigest: CANARY }));
    await expectUnavailable(store.reservePurchase(order('team', 'b', { tokenDigest: CANARY })));
    expect(logged[0]?.[0]).toEqual({ engine: 'UNIQUE constraint failed: purchase.token_digest' });
    expect(await store.readPurchase(order('team', 'b'))).toBeNull();
  });

  it('refuses a text that would change on its way, and is not harmed', async () => {
    await expect(store.reservePurchase(order('team', 'a\0b'))).rejects.toBeInstanceOf(TypeError);
    await expect(store.reservePurchase(order('team', '\ud800'))).rejects.toBeInstanceOf(TypeError);
    expect((await store.reservePurchase(order('team', 'a'))).taken).toBe(true);
  });

  it('answers nothing once it is closed', async () => {
    await store.close();
    await store.close();
    await expectUnavailable(store.check());
    await expectUnavailable(store.readSequence('team'));
    await expectUnavailable(store.writeJobs([made(task('team', 'x'))]));
    await expectUnavailable(store.reservePurchase(order('team', 'k')));
    expect(logged).toHaveLength(4);
  });
});
