import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resetAfterReading } from '../support/akool/scripted-answers.ts';
import { eventsTold } from '../support/gateway/events-told.ts';
import { spawnGateway, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { envFor } from '../support/gateway/stories.ts';
import { findDebianPostgres } from '../support/postgres/debian-postgres.ts';
import { startPostgres, type PostgresServer } from '../support/postgres/postgres.ts';
import { runCommand, type EndedCommand } from '../support/processes/run-command.ts';
import { runSystemProgram } from '../support/processes/system-server.ts';
import { until } from '../support/processes/until.ts';
import { useProcesses } from '../support/processes/use-processes.ts';
import { buy, createsOf, orderOf, readyAnalysis, resultOf } from '../support/purchases/buying.ts';

const given = useProcesses();
const bin = findDebianPostgres();

const TASKS = `{ headSwapTasks { edges { node {
  id status progress createdAt outputUrl sourceVideoUrl resolution supportId analysis { id }
  mappings { faceUrl person { objId } } } } } }`;
const VERSION = 'query($id: ID!) { headSwapTask(id: $id) { status version } }';
const WATCH =
  'subscription($id: ID!, $after: Int) { headSwapTaskStatusChanged(id: $id, after: $after) { id status } }';
const FEED = 'subscription($after: ID) { jobStatusChanged(after: $after) { job { id status } } }';

const OUTPUT_URL = 'https://example.com/output/result.mp4';

describe.skipIf(bin === null)("with Postgres' own tools", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres({}, bin ?? '');
  });
  afterAll(() => postgres.stop());

  it('a gateway that works is dumped, restored beside itself, and goes on without buying twice', async () => {
    const { upstream, folder } = given;
    const present = await postgres.newDatabase();
    const start = (url: string): Promise<GatewayProcess> =>
      spawnGateway(folder, { ...envFor(upstream), DATABASE_URL: url });

    const before = await start(present);
    const analysis = await readyAnalysis(before, upstream);
    const ended = String((await buy(before, orderOf('key-ended', analysis))).id);
    upstream.setTask(ended, { status: 3, progress: 100, video_url: OUTPUT_URL });
    await until(async () => (await taskAt(before, ended)).status === 'COMPLETED');
    const live = String((await buy(before, orderOf('key-live', analysis))).id);
    upstream.setTask(live, { status: 2, progress: 30 });
    const watched = eventsTold(before.url, WATCH, { id: live });
    await until(() => watched.some(isTold('PROCESSING')));
    upstream.next('createTask', resetAfterReading);
    const lost = { __typename: 'OutcomeUnknownError', idempotencyKey: 'key-lost' };
    expect(await buy(before, orderOf('key-lost', analysis))).toMatchObject(lost);
    const tasks = (await before.ask(TASKS)).data;
    const { version } = await taskAt(before, live);
    const cursor = (await before.ask('{ jobStatusCursor }')).data.jobStatusCursor;

    const restored = await restoreBeside(present, folder);
    // Time goes on after the backup, until the disk is lost.
    const since = await buy(before, orderOf('key-since', analysis));
    expect(await before.end('SIGTERM')).toBe(0);
    // The instance that worked while the dump was made is in it, and counts for some seconds.
    let refused = await restore(folder, present, restored);
    await until(async () => {
      if (!refused.err.includes("of the gateway's instances work on")) return true;
      refused = await restore(folder, present, restored);
      return false;
    });
    expect([refused.code, refused.out]).toEqual([
      1,
      expect.stringContaining(`default  createHeadSwapTask  key-since  bought ${since.id}`),
    ]);
    const forced = await restore(folder, present, restored, ['--i-know']);
    expect([forced.code, forced.err]).toEqual([0, '']);

    const now = await start(restored);
    expect((await now.ask(TASKS)).data).toEqual(tasks);
    expect(await buy(now, orderOf('key-ended', analysis))).toMatchObject({ id: ended });
    expect(await buy(now, orderOf('key-live', analysis))).toMatchObject({ id: live });
    expect(await buy(now, orderOf('key-lost', analysis))).toMatchObject(lost);
    expect(await resultOf(now, 'key-lost')).toMatchObject(lost);
    expect(await resultOf(now, 'key-since')).toBe(null);
    const bought = ['key-ended', 'key-live', 'key-lost', 'key-since'];
    expect(bought.map((key) => createsOf(upstream, key).length)).toEqual([1, 1, 1, 1]);

    // Who watched before comes back with what it knows, and is told the end.
    expect((await taskAt(now, live)).version).toBeGreaterThan(version);
    const again = eventsTold(now.url, WATCH, { id: live, after: version });
    await until(() => again.some(isTold('PROCESSING')));
    upstream.setTask(live, { status: 3, progress: 100, video_url: OUTPUT_URL });
    await until(() => again.some(isTold('COMPLETED')));
    const feed = eventsTold(now.url, FEED, { after: cursor });
    await until(() => feed.length > 0);
    expect(JSON.stringify(feed)).toContain('INVALID_INPUT');
  });

  /** As docs/backup.md says; the URL of the new database. */
  async function restoreBeside(present: string, folder: string): Promise<string> {
    const restored = new URL(present);
    restored.pathname += '_restored';
    const [name, admin] = [restored.pathname.slice(1), new URL('/postgres', present).href];
    const dump = join(folder, 'gateway.dump');
    const run = (program: string, ...args: string[]): Promise<string> =>
      runSystemProgram(join(bin ?? '', program), args);
    await run('pg_dump', '--format=custom', `--file=${dump}`, present);
    await run('createdb', `--maintenance-db=${admin}`, name);
    await run('pg_restore', '--no-owner', `--dbname=${restored.href}`, dump);
    return restored.href;
  }
});

function restore(
  folder: string,
  present: string,
  from: string,
  more: readonly string[] = [],
): Promise<EndedCommand> {
  return runCommand('restore', ['--from', from, ...more], folder, {
    env: { DATABASE_URL: present },
  });
}

async function taskAt(
  gateway: GatewayProcess,
  id: string,
): Promise<{ readonly status: string; readonly version: number }> {
  return (await gateway.ask(VERSION, { id })).data.headSwapTask;
}

const isTold =
  (status: string) =>
  (event: unknown): boolean =>
    JSON.stringify(event).includes(`"status":"${status}"`);
