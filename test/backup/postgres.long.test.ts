import { Client } from 'pg';
import { expect, it } from 'vitest';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { envFor } from '../support/gateway/stories.ts';
import { newDatabase } from '../support/postgres/shared-postgres.ts';
import { runCommand, type EndedCommand } from '../support/processes/run-command.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import { buy, createsOf, orderOf, readyAnalysis, resultOf } from '../support/purchases/buying.ts';

const given = useProcesses();

/** A database that holds what this one holds at the moment, as pg_restore fills one; its URL. Nobody may be connected. */
async function copyOf(url: string): Promise<string> {
  const copy = new URL(url);
  copy.pathname += '_restored';
  const admin = new Client({ connectionString: new URL('/postgres', url).href });
  await admin.connect();
  const names = [copy, new URL(url)].map(({ pathname }) =>
    admin.escapeIdentifier(pathname.slice(1)),
  );
  await admin.query(`create database ${names[0]} template ${names[1]}`);
  await admin.end();
  return copy.href;
}

it('a restored Postgres database is compared with the present one, and made ready', async () => {
  const { upstream, folder } = given;
  const present = await newDatabase();
  const start = (url: string): Promise<GatewayProcess> =>
    spawnGateway(folder, { ...envFor(upstream), DATABASE_URL: url });
  const restore = (
    from: string,
    more: readonly string[] = [],
    url = present,
  ): Promise<EndedCommand> =>
    runCommand('restore', ['--from', from, ...more], folder, { env: { DATABASE_URL: url } });

  const first = await start(present);
  const analysis = await readyAnalysis(first, upstream);
  const { id } = await buy(first, orderOf('key-1', analysis));
  const versionOf = async (gateway: GatewayProcess): Promise<number> =>
    (await gateway.ask('query($id: ID!) { headSwapTask(id: $id) { version } }', { id })).data
      .headSwapTask.version;
  const version = await versionOf(first);
  await first.end('SIGTERM');
  const restored = await copyOf(present);
  const empty = await newDatabase();

  const same = await restore(restored, ['--check']);
  expect([same.code, same.err]).toEqual([0, '']);
  expect(same.out).toContain('Nothing would buy again.');

  const second = await start(present);
  const since = await buy(second, orderOf('key-since', analysis));
  const busy = await restore(restored, ['--i-know']);
  expect([busy.code, busy.err]).toEqual([
    1,
    expect.stringMatching(/^1 of the gateway's instances work on/),
  ]);
  await second.end('SIGTERM');

  for (const [from, reason] of [
    [present, 'is the present database itself'],
    [empty, 'has no tables of this gateway'],
    [`${present}_nowhere`, 'It has no database of this name.'],
    ['backup.db', 'Fill an empty database with pg_restore'],
  ] as const) {
    const { code, err } = await restore(from, ['--i-know']);
    expect([code, err]).toEqual([1, expect.stringContaining(reason)]);
  }
  const refused = await restore(restored);
  expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/^Nothing was changed\./)]);
  expect(refused.out).toContain(`default  createHeadSwapTask  key-since  bought ${since.id}`);
  const unknowable = await restore(restored, [], `${present}_gone`);
  expect([unknowable.code, unknowable.out]).toEqual([
    1,
    expect.stringContaining('nobody can tell'),
  ]);

  const forced = await restore(restored, ['--i-know']);
  expect([forced.code, forced.err]).toEqual([0, '']);
  expect(forced.out).toContain('name it in DATABASE_URL');
  const gateway = await start(restored);
  expect(await buy(gateway, orderOf('key-1', analysis))).toMatchObject({ id });
  expect(createsOf(upstream, 'key-1')).toHaveLength(1);
  expect(await versionOf(gateway)).toBeGreaterThan(version + 1_000);
  expect(await resultOf(gateway, 'key-since')).toBe(null);
  // The present one is as it was.
  expect(await resultOf(await start(present), 'key-since')).toMatchObject({ id: since.id });
});

it('a Postgres database is backed up by its own tools', async () => {
  const { code, err } = await runCommand('backup', ['--to', 'backup.db'], given.folder, {
    env: { DATABASE_URL: 'postgres://127.0.0.1/gateway' },
  });
  expect([code, err]).toEqual([1, expect.stringContaining('pg_dump --format=custom')]);
});
