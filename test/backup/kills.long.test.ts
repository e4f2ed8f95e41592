import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { runCommand, type EndedCommand } from '../support/processes/run-command.ts';
import { until } from '../support/processes/until.ts';

afterEach(removeFolders);

const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const open = (folder: string): Promise<Store> =>
  openSqliteStore({ url: `file:${join(folder, 'gateway.db')}`, clock: systemClock, log });

const named = (key: string) => ({ team: 'team', mutation: 'createHeadSwapTask', key }) as const;

/** Makes a create with this key whose outcome is unknown. */
async function lose(store: Store, key: string, input = '{}'): Promise<void> {
  const attempt = { ...named(key), attempt: randomUUID() };
  const rest = { fingerprint: 'f', input, tokenDigest: null, keepMs: 86_400_000 };
  await store.reservePurchase({ ...attempt, ...rest });
  await store.movePurchase(attempt, ['RESERVED'], 'SENDING');
  await store.movePurchase(attempt, ['SENDING'], 'UNKNOWN');
}

/** Runs a command that is killed just before its step of this number. */
function runUpTo(
  step: number,
  name: 'backup' | 'restore',
  args: readonly string[],
  folder: string,
): Promise<EndedCommand> {
  const shim = new URL('../support/processes/die-at.mjs', import.meta.url).href;
  return runCommand(name, args, folder, {
    env: { DIE_AT: String(step) },
    nodeArgs: ['--import', shim],
  });
}

/** For every step in turn; resolves to how many there are. */
async function killAtEach(
  name: 'backup' | 'restore',
  args: readonly string[],
  template: string,
  look: (folder: string) => Promise<void>,
): Promise<number> {
  for (let step = 0; ; step += 1) {
    const folder = newFolder();
    cpSync(template, folder, { recursive: true });
    const { code } = await runUpTo(step, name, args, folder);
    await look(folder);
    if (code !== null) return step;
  }
}

/** A folder with a database whose latest key is in its log alone, as a killed gateway leaves it, and a backup that lacks that. */
async function used(): Promise<string> {
  const live = newFolder();
  const store = await open(live);
  await lose(store, 'before');
  expect(await runCommand('backup', ['--to', 'backup.db'], live)).toMatchObject({ code: 0 });
  await lose(store, 'since');
  const template = newFolder();
  for (const name of ['gateway.db', 'gateway.db-wal', 'backup.db']) {
    cpSync(join(live, name), join(template, name));
  }
  await store.close();
  return template;
}

it('a restore that is killed at any of its steps leaves the old database or the new one, whole', async () => {
  const template = await used();
  const seen: string[] = [];
  let lastOld = '';
  const args = ['--from', 'backup.db', '--i-know'];
  const steps = await killAtEach('restore', args, template, async (folder) => {
    const store = await open(folder);
    expect(await store.readPurchase(named('before'))).toMatchObject({ state: 'UNKNOWN' });
    const isOld = (await store.readPurchase(named('since'))) !== null;
    seen.push(isOld ? 'old' : 'new');
    await store.close();
    if (isOld) lastOld = folder;
  });
  expect(steps).toBeGreaterThan(15);
  expect(seen.join(' ')).toMatch(/^(old )+(new ?)+$/);
  // Another one is not hindered by what one left behind that was killed at the last moment.
  expect(readdirSync(lastOld)).toContain('gateway.db.restoring');
  expect(await runCommand('restore', args, lastOld)).toMatchObject({ code: 0 });
  const now = await open(lastOld);
  expect(await now.readPurchase(named('since'))).toBe(null);
  await now.close();
  expect(readdirSync(lastOld)).not.toContain('gateway.db.restoring');
});

it('a backup that is killed at any of its steps leaves the one before or the new one, whole', async () => {
  const template = await used();
  const before = readFileSync(join(template, 'backup.db'));
  const seen: string[] = [];
  const steps = await killAtEach('backup', ['--to', 'backup.db'], template, async (folder) => {
    const file = join(folder, 'backup.db');
    const isOld = readFileSync(file).equals(before);
    seen.push(isOld ? 'old' : 'new');
    if (isOld) return;
    const backup = new DatabaseSync(file, { readOnly: true });
    expect(backup.prepare('pragma integrity_check').all()).toMatchObject([
      { integrity_check: 'ok' },
    ]);
    expect(backup.prepare('select key from purchase order by key').all()).toMatchObject([
      { key: 'before' },
      { key: 'since' },
    ]);
    backup.close();
  });
  expect(steps).toBeGreaterThan(3);
  expect(seen.join(' ')).toMatch(/^(old )+(new ?)+$/);
});

it('a backup that is killed while it copies makes no backup', async () => {
  const folder = newFolder();
  const store = await open(folder);
  const padding = JSON.stringify('x'.repeat(1_000_000));
  for (let count = 0; count < 60; count += 1) await lose(store, `key-${count}`, padding);
  await store.close();
  const partials = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.partial'));
  const hasBegun = (): boolean => partials().some((name) => statSync(join(folder, name)).size > 0);
  let pid = 0;
  const ended = runCommand('backup', ['--to', 'backup.db'], folder, {
    onStart: (its) => (pid = its),
  });
  await until(hasBegun);
  process.kill(pid, 'SIGKILL');
  expect((await ended).code).toBe(null);
  expect(existsSync(join(folder, 'backup.db'))).toBe(false);
  expect(await runCommand('backup', ['--to', 'backup.db'], folder)).toMatchObject({ code: 0 });
});

it('a restore does not pull a database from under a tool that is reading it', async () => {
  const folder = await used();
  const tool = new DatabaseSync(join(folder, 'gateway.db'));
  tool.exec('begin; select count(*) from purchase');
  const args = ['--from', 'backup.db', '--i-know'];
  const busy = await runCommand('restore', args, folder);
  expect([busy.code, busy.err]).toEqual([1, expect.stringContaining('Another process has')]);
  tool.close();
  expect(await runCommand('restore', args, folder)).toMatchObject({ code: 0 });
});
