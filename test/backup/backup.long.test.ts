import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { describe, expect, it } from 'vitest';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { envFor } from '../support/gateway/stories.ts';
import * as scripted from '../support/akool/scripted-answers.ts';
import { newFolder } from '../support/processes/folder.ts';
import { runCommand, type EndedCommand } from '../support/processes/run-command.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import {
  buy,
  createsOf,
  orderOf,
  readyAnalysis,
  resultOf,
  submit,
} from '../support/purchases/buying.ts';

const given = useProcesses();

const start = (): Promise<GatewayProcess> => spawnGateway(given.folder, envFor(given.upstream));

const run = (name: 'backup' | 'restore', ...args: readonly string[]): Promise<EndedCommand> =>
  runCommand(name, args, given.folder);

const inFolder = (name: string): string => join(given.folder, name);

/** What the folder holds besides what a gateway leaves there. */
const others = (): string[] =>
  readdirSync(given.folder).filter(
    (name) => !/^(gateway\.db(-wal|-shm|\.lock)?|media)$/.test(name),
  );

const CURSORS = '{ jobStatusCursor headSwapTasks { edges { cursor node { id version } } } }';

describe('a backup', () => {
  it('is made beside a running gateway, with what is in its log alone, for nobody else to read', async () => {
    const gateway = await start();
    const analysis = await readyAnalysis(gateway, given.upstream);
    const { id } = await buy(gateway, orderOf('key-1', analysis));
    expect(statSync(inFolder('gateway.db-wal')).size).toBeGreaterThan(0);
    const { code, out, err } = await run('backup', '--to', 'backup.db');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Backed up to .*backup\.db: \d+ bytes, checked/);
    expect(statSync(inFolder('backup.db')).mode & 0o777).toBe(0o600);
    expect(others()).toEqual(['backup.db']);
    const copy = new DatabaseSync(inFolder('backup.db'), { readOnly: true });
    const bought = copy.prepare("select job_id from purchase where key = 'key-1'").all();
    expect(bought).toMatchObject([{ job_id: id }]);
    copy.close();
    expect(await buy(gateway, orderOf('key-2', analysis))).toMatchObject({
      __typename: 'HeadSwapTask',
    });
  });

  it('takes the place of the one before, and removes what a killed one left there', async () => {
    await (await start()).end('SIGKILL');
    writeFileSync(inFolder('backup.db'), 'the one before');
    writeFileSync(inFolder('backup.db.of-today.partial'), '');
    writeFileSync(inFolder('backup.db.of-old.partial'), '');
    utimesSync(inFolder('backup.db.of-old.partial'), 1_000_000, 1_000_000);
    expect(await run('backup', '--to', inFolder('backup.db'))).toMatchObject({ code: 0 });
    expect(readFileSync(inFolder('backup.db')).toString('latin1', 0, 15)).toBe('SQLite format 3');
    expect(others()).toEqual(['backup.db', 'backup.db.of-today.partial']);
  });

  it('is not made where it cannot be, and says why', async () => {
    const noDatabase = await run('backup', '--to', 'backup.db');
    expect([noDatabase.code, noDatabase.err]).toEqual([
      1,
      expect.stringContaining('There is no database at'),
    ]);
    await (await start()).end('SIGKILL');
    mkdirSync(inFolder('folder'));
    for (const [to, reason] of [
      ['nowhere/backup.db', 'Its folder is not there.'],
      ['folder', 'It is a folder.'],
      ['gateway.db', 'belongs to the database itself'],
      ['./folder/../gateway.db-wal', 'belongs to the database itself'],
    ] as const) {
      const { code, err } = await run('backup', '--to', to);
      expect([to, code, err]).toEqual([to, 1, expect.stringContaining(reason)]);
      expect(err).not.toContain('It broke off');
    }
    expect(others()).toEqual(['folder']);
    writeFileSync(inFolder('gateway.db'), 'no database '.repeat(1000));
    for (const suffix of ['-wal', '-shm']) rmSync(inFolder(`gateway.db${suffix}`), { force: true });
    const damaged = await run('backup', '--to', 'backup.db');
    expect([damaged.code, damaged.err]).toEqual([1, expect.stringContaining('is damaged')]);
    expect(others()).toEqual(['folder']);
  });
});

describe('a restore', () => {
  it('answers a known key from the store, and is a timeline of its own', async () => {
    const first = await start();
    const analysis = await readyAnalysis(first, given.upstream);
    const { id } = await buy(first, orderOf('key-1', analysis));
    await run('backup', '--to', 'backup.db');
    given.upstream.setTask(String(id), { status: 2, progress: 30 });
    const { data: before } = await first.ask(CURSORS);
    // Without a key: whoever asks again gets another one, restored or not.
    await readyAnalysis(first, given.upstream);
    given.upstream.next('analyze', scripted.resetAfterReading);
    await submit(first, { videoUrl: 'https://cdn.example/video.mp4' });
    await first.end('SIGKILL');

    const restored = await run('restore', '--from', 'backup.db');
    expect([restored.code, restored.err]).toEqual([0, '']);
    expect(restored.out).toContain('Nothing would buy again.');
    const gateway = await start();
    expect(await buy(gateway, orderOf('key-1', analysis))).toEqual({
      __typename: 'HeadSwapTask',
      id,
    });
    expect(createsOf(given.upstream, 'key-1')).toHaveLength(1);
    const { data: after } = await gateway.ask(CURSORS);
    const [edge] = after.headSwapTasks.edges;
    expect(edge.node.version).toBeGreaterThan(before.headSwapTasks.edges[0].node.version + 1_000);
    const { errors } = await gateway.ask(
      'query($at: String) { headSwapTasks(after: $at) { edges { cursor } } }',
      {
        at: before.headSwapTasks.edges[0].cursor,
      },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
    // What was under way goes on.
    given.upstream.setTask(String(id), { status: 3, video_url: 'https://example.com/o.mp4' });
    await until(async () => {
      const { data } = await gateway.ask('query($id: ID!) { headSwapTask(id: $id) { status } }', {
        id,
      });
      return data.headSwapTask.status === 'COMPLETED';
    });
  });

  it('is refused while a gateway runs, and changes nothing', async () => {
    const gateway = await start();
    const analysis = await readyAnalysis(gateway, given.upstream);
    await run('backup', '--to', 'backup.db');
    const { code, err } = await run('restore', '--from', 'backup.db', '--i-know');
    expect([code, err]).toEqual([1, expect.stringContaining('Another process has the database')]);
    expect(others()).toEqual(['backup.db']);
    expect(await buy(gateway, orderOf('key-1', analysis))).toMatchObject({
      __typename: 'HeadSwapTask',
    });
  });

  it('names what would buy again, and is refused until that is known', async () => {
    const { upstream } = given;
    const first = await start();
    const analysis = await readyAnalysis(first, upstream);
    upstream.next('createTask', scripted.resetAfterReading);
    await buy(first, orderOf('key-open', analysis));
    await run('backup', '--to', 'backup.db');
    const { id } = await buy(first, orderOf('key-since', analysis));
    upstream.next('createTask', scripted.resetAfterReading);
    await buy(first, orderOf('key-lost', analysis));
    // Killed: all of this is in the log alone.
    await first.end('SIGKILL');
    for (const more of [[], ['--check']]) {
      const { code, out, err } = await run('restore', '--from', 'backup.db', ...more);
      expect([code, err]).toEqual([1, expect.stringMatching(/^Nothing was changed\..* --i-know/)]);
      expect(out).toMatch(/^The backup knows of nothing after \d{4}-/);
      expect(out).toContain(`default  createHeadSwapTask  key-since  bought ${id}`);
      expect(out).toContain('default  createHeadSwapTask  key-lost  outcome unknown');
      expect(out).not.toContain('key-open');
      expect(others()).toEqual(['backup.db']);
    }
    const again = await start();
    expect(await resultOf(again, 'key-since')).toMatchObject({ id });
    await again.end('SIGKILL');

    const forced = await run('restore', '--from', 'backup.db', '--i-know');
    expect([forced.code, forced.err]).toEqual([0, '']);
    const [, aside = ''] = /kept at (\S+)\.\n/.exec(forced.out) ?? [];
    const restored = await start();
    expect(await resultOf(restored, 'key-since')).toBe(null);
    expect(await resultOf(restored, 'key-open')).toMatchObject({
      __typename: 'OutcomeUnknownError',
    });
    // What was replaced is whole.
    const kept = new DatabaseSync(aside, { readOnly: true });
    expect(kept.prepare('select key from purchase where job_id = ?').all(String(id))).toMatchObject(
      [{ key: 'key-since' }],
    );
    kept.close();
  });

  it('tells what is of unknown outcome again though it has bought', async () => {
    const { upstream } = given;
    const gateway = await start();
    const analysis = await readyAnalysis(gateway, upstream);
    const [answer, letGo] = scripted.held(
      scripted.success({ _id: '6a066dc58570ecbf64f70051', status: 1 }),
    );
    upstream.next('createTask', answer);
    const bought = buy(gateway, orderOf('key-held', analysis));
    await upstream.received('createTask', 1);
    await run('backup', '--to', 'backup.db');
    letGo();
    const { id } = await bought;
    await gateway.end('SIGKILL');
    const { code, out } = await run('restore', '--from', 'backup.db');
    expect(code).toBe(0);
    expect(out).toMatch(/are of unknown outcome again; npm run purchases -- settle/);
    expect(out).toContain(`key-held  bought ${id}`);
    const restored = await start();
    expect(await buy(restored, orderOf('key-held', analysis))).toMatchObject({
      __typename: 'OutcomeUnknownError',
    });
    expect(createsOf(upstream, 'key-held')).toHaveLength(1);
  });

  it.each(['gone', 'damaged'])(
    'is refused where the present database is %s, since nobody can tell',
    async (how) => {
      const gateway = await start();
      const analysis = await readyAnalysis(gateway, given.upstream);
      const { id } = await buy(gateway, orderOf('key-1', analysis));
      await run('backup', '--to', 'backup.db');
      await gateway.end('SIGTERM');
      for (const suffix of ['', '-wal', '-shm'])
        rmSync(inFolder(`gateway.db${suffix}`), { force: true });
      const junk = Buffer.alloc(8192, 'x');
      if (how === 'damaged') writeFileSync(inFolder('gateway.db'), junk);
      const { code, out, err } = await run('restore', '--from', 'backup.db');
      expect([code, err]).toEqual([1, expect.stringContaining('Nothing was changed.')]);
      expect(out).toContain('nobody can tell which keys were used since');
      expect(existsSync(inFolder('gateway.db'))).toBe(how === 'damaged');

      const forced = await run('restore', '--from', 'backup.db', '--i-know');
      expect(forced.code).toBe(0);
      const aside = readdirSync(given.folder).filter((name) => name.includes('.replaced-'));
      expect(aside).toHaveLength(how === 'damaged' ? 1 : 0);
      for (const name of aside) expect(readFileSync(inFolder(name)).equals(junk)).toBe(true);
      expect(await buy(await start(), orderOf('key-1', analysis))).toMatchObject({ id });
    },
  );

  it('takes a copy of a file that lay there with its log', async () => {
    const gateway = await start();
    const analysis = await readyAnalysis(gateway, given.upstream);
    const { id } = await buy(gateway, orderOf('key-1', analysis));
    await gateway.end('SIGKILL');
    const elsewhere = newFolder();
    for (const suffix of ['', '-wal'])
      copyFileSync(inFolder(`gateway.db${suffix}`), join(elsewhere, `copy.db${suffix}`));
    chmodSync(join(elsewhere, 'copy.db'), 0o400);
    const before = readdirSync(elsewhere);
    expect(await run('restore', '--from', join(elsewhere, 'copy.db'))).toMatchObject({ code: 0 });
    expect(readdirSync(elsewhere)).toEqual(before);
    expect(await resultOf(await start(), 'key-1')).toMatchObject({ id });
  });

  it('is refused for what is no backup of ours, and leaves the database as it is', async () => {
    const gateway = await start();
    await gateway.end('SIGTERM');
    const bytes = readFileSync(inFolder('gateway.db'));
    writeFileSync(inFolder('letter.db'), 'Dear diary, '.repeat(1_000));
    writeFileSync(inFolder('cut.db'), bytes.subarray(0, bytes.length - 4096));
    const foreign = new DatabaseSync(inFolder('foreign.db'));
    foreign.exec('create table letter (text)');
    foreign.close();
    copyFileSync(inFolder('gateway.db'), inFolder('newer.db'));
    const newer = new DatabaseSync(inFolder('newer.db'));
    newer.exec(
      'update meta set schema_version = 99, usable_from = 99; pragma journal_mode = delete',
    );
    newer.close();
    for (const [from, reason] of [
      ['nowhere.db', 'There is no backup at'],
      ['letter.db', 'is damaged, or no backup'],
      ['cut.db', 'is damaged, or no backup'],
      ['foreign.db', 'is damaged, or no backup'],
      ['newer.db', 'written by a newer version of the gateway'],
      ['./gateway.db', 'is the database itself'],
      ['postgres://127.0.0.1/gateway', 'DATABASE_URL names a SQLite file'],
    ] as const) {
      const { code, err } = await run('restore', '--from', from, '--i-know');
      expect([from, code, err]).toEqual([from, 1, expect.stringContaining(reason)]);
      expect(err).not.toContain('It broke off');
    }
    expect(readFileSync(inFolder('gateway.db')).equals(bytes)).toBe(true);
    expect(others().toSorted()).toEqual(['cut.db', 'foreign.db', 'letter.db', 'newer.db']);
  });
});
