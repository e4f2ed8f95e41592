import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import type { StoreOpenCode } from '../../src/store/store-open-error.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

const NOBODY = 65_534;
const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const open = (file: string): Promise<Store> =>
  openSqliteStore({ url: `file:${file}`, clock: createManualClock(), log });

async function expectRefusal(file: string, code: StoreOpenCode, sentence: RegExp): Promise<void> {
  const error: unknown = await open(file).then(
    (store) => store.close(),
    (refusal: unknown) => refusal,
  );
  expect(error).toMatchObject({ name: 'StoreOpenError', code });
  expect(String(error)).toMatch(sentence);
  expect(String(error)).toContain(file);
}

/** A file with a store that has been used and closed. */
async function usedFile(): Promise<string> {
  const file = join(newFolder(), 'gateway.db');
  const store = await open(file);
  await store.check();
  await store.close();
  return file;
}

/** Root may write to what is read-only, so these tests are somebody else for a while. */
async function asNobody(run: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await run();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

afterEach(removeFolders);

describe('opening a store', () => {
  it('makes the folder, and keeps who it is', async () => {
    const folder = newFolder();
    const file = join(folder, 'a', 'b', 'gateway.db');
    const first = await open(file);
    await first.close();
    const again = await open(relative(process.cwd(), file));
    expect(again.id).toBe(first.id);
    await again.close();
    const byUrl = await open(`//${file}`);
    expect(byUrl.id).toBe(first.id);
    await byUrl.close();
    const other = await open(join(folder, 'other.db'));
    expect(other.id).not.toBe(first.id);
    await other.close();
  });

  it('refuses a file that is open already, under whatever name, until it is closed', async () => {
    const file = await usedFile();
    const store = await open(file);
    symlinkSync(file, `${file}-other-name`);
    await expectRefusal(file, 'IN_USE', /Another process has the database/);
    await expectRefusal(`${file}-other-name`, 'IN_USE', /stop the other one/);
    await expect(store.check()).resolves.toBeUndefined();
    await store.close();
    await store.close();
    const next = await open(`${file}-other-name`);
    await next.close();
  });

  it('refuses a file that is no database', async () => {
    const file = join(newFolder(), 'gateway.db');
    writeFileSync(file, 'Dear diary, '.repeat(1_000));
    await expectRefusal(file, 'CORRUPT', /is damaged or is no database of this gateway/);
    expect(readFileSync(file, 'utf8')).toMatch(/^Dear diary/);
  });

  it('refuses a damaged database, wherever the damage is', async () => {
    const file = await usedFile();
    // A free page holds nothing that could be damaged.
    const database = new DatabaseSync(file);
    database.exec('vacuum; pragma wal_checkpoint(truncate)');
    database.close();
    const whole = readFileSync(file);
    const page = 4_096;
    const damaged = [whole.subarray(0, whole.length - page)];
    for (let at = page; at < whole.length; at += page) {
      damaged.push(Buffer.from(whole).fill(0xa5, at, at + 512));
    }
    expect(damaged.length).toBeGreaterThan(15);
    for (const [index, content] of damaged.entries()) {
      writeFileSync(`${file}-${index}`, content);
      await expectRefusal(`${file}-${index}`, 'CORRUPT', /Restore it from a backup/);
      expect(readFileSync(`${file}-${index}`).equals(content)).toBe(true);
    }
  });

  it('refuses a database of a newer version, and leaves it as it is', async () => {
    const file = await usedFile();
    const database = new DatabaseSync(file);
    database.exec(
      'update meta set schema_version = 99, usable_from = 99; pragma wal_checkpoint(truncate)',
    );
    database.close();
    const before = readFileSync(file);
    await expectRefusal(file, 'NEWER_VERSION', /newer version of the gateway .*version 99/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('refuses a file when it, or a file beside it, is read-only', async () => {
    const file = join(newFolder(), 'copy.db');
    chmodSync(join(file, '..'), 0o777);
    copyFileSync(await usedFile(), file);
    const parts = ['', '.lock', '-shm'].map((suffix) => `${file}${suffix}`);
    for (const part of parts.slice(1)) writeFileSync(part, '');
    for (const part of parts) chmodSync(part, 0o666);
    for (const part of parts) {
      chmodSync(part, 0o444);
      await asNobody(() => expectRefusal(file, 'READ_ONLY', /the \.lock, -wal and -shm files/));
      chmodSync(part, 0o666);
    }
    await asNobody(async () => {
      const store = await open(file);
      await expect(store.check()).resolves.toBeUndefined();
      await store.close();
    });
  });

  it('refuses a read-only folder', async () => {
    const folder = newFolder();
    const file = join(folder, 'gateway.db');
    chmodSync(folder, 0o555);
    await asNobody(() => expectRefusal(file, 'READ_ONLY', /write access/));
    await asNobody(() => expectRefusal(join(folder, 'x', 'y.db'), 'READ_ONLY', /write access/));
    expect(existsSync(file)).toBe(false);
  });

  it('refuses what can be no file', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'is-a-folder'));
    writeFileSync(join(folder, 'is-a-file'), '');
    await expectRefusal(join(folder, 'is-a-folder'), 'CANNOT_OPEN', /cannot be opened/);
    await expectRefusal(
      join(folder, 'is-a-file', 'gateway.db'),
      'CANNOT_OPEN',
      /a path on a local/,
    );
    await expect(
      openSqliteStore({ url: 'postgres://h/d', clock: createManualClock(), log }),
    ).rejects.toMatchObject({ code: 'CANNOT_OPEN' });
  });

  it.skipIf(process.platform !== 'linux')('refuses a folder that nobody can make', async () => {
    await expectRefusal('/proc/gateway-test/deep/gateway.db', 'CANNOT_OPEN', /a path on a local/);
    expect(existsSync('/proc/gateway-test')).toBe(false);
  });

  it('makes files that nobody else can read, whatever the umask, and leaves the mode of those that are there', async () => {
    const file = join(newFolder(), 'gateway.db');
    const parts = ['', '.lock', '-wal', '-shm'].map((suffix) => `${file}${suffix}`);
    const modes = (): number[] => parts.map((part) => statSync(part).mode & 0o777);
    const before = process.umask(0);
    try {
      const first = await open(file);
      await first.check();
      expect(modes()).toEqual([0o600, 0o600, 0o600, 0o600]);
      await first.close();
      for (const part of parts) rmSync(part, { force: true });
      for (const part of parts.slice(0, 2)) writeFileSync(part, '');
      const second = await open(file);
      await second.check();
      expect(modes()).toEqual([0o666, 0o666, 0o666, 0o666]);
      await second.close();
    } finally {
      process.umask(before);
    }
  });

  it('undoes a migration that fails half way', async () => {
    const file = join(newFolder(), 'gateway.db');
    const database = new DatabaseSync(file);
    database.exec('create table callback (digest text)');
    await expectRefusal(file, 'CANNOT_OPEN', /cannot be opened/);
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    expect(tables.map(({ name }: { name: string }) => name).sort()).toEqual(['callback', 'meta']);
    database.exec('drop table callback');
    database.close();
    const store = await open(file);
    await store.check();
    await store.close();
  });
});
