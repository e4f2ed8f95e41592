import { afterEach, expect, it } from 'vitest';
import {
  buy,
  CREATE,
  newKey,
  resultOf,
  type Outcome,
  readyAnalysis,
} from '../support/purchases/buying.ts';
import { makeTasks, member, openSocket, recordReads, startFleet } from '../support/fleet/fleet.ts';
import { removeFolders } from '../support/processes/folder.ts';
import { killGateways, type GatewayProcess } from '../support/gateway/gateway-process.ts';
import { startPostgres, type PostgresServer } from '../support/postgres/postgres.ts';
import {
  startScriptedUpstream,
  type ScriptedUpstream,
} from '../support/akool/scripted-upstream.ts';
import { taskInput } from '../support/gateway/stories.ts';
import { until } from '../support/processes/until.ts';

/** How long the database is away. `OUTAGE_SECONDS=30 npx vitest run test/store/postgres-restart.long.test.ts` is the real thing. */
const OUTAGE_MS = Number(process.env['OUTAGE_SECONDS'] ?? 4) * 1000;

let server: PostgresServer;
let upstream: ScriptedUpstream;
afterEach(async () => {
  await killGateways();
  await upstream.stop();
  await server.stop();
  removeFolders();
});

it(
  'three instances under load outlive a restart of the database',
  async () => {
    [server, upstream] = await Promise.all([startPostgres(), startScriptedUpstream()]);
    const fleet = await startFleet(await server.newDatabase(), upstream, 3, {
      POLL_MIN_MS: '1000',
      POLL_MAX_MS: '1000',
    });
    const { gateways } = fleet;
    const analysis = await readyAnalysis(member(fleet, 0), upstream);
    const recorded = recordReads(upstream);
    const ids = await makeTasks(fleet, analysis, 12);
    const sockets = gateways.map((gateway) => openSocket(gateway));
    const watchers = ids.flatMap((id) => sockets.map((socket) => socket.watch(id)));
    await until(() =>
      watchers.every(({ states }) => states.some(({ status }) => status === 'PROCESSING')),
    );
    const load = startLoad(gateways, analysis, ids);
    await until(() => load.tasks().length >= 10);

    await server.kill();
    await until(() => everyoneIs(gateways, '503'));
    // What was under way when it went has ended.
    await until(() => load.refusedInARow().every((count) => count >= 5));
    const sent = upstream.requestsTo('createTask').length;
    load.beginOutage();
    await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
    expect(await everyoneIs(gateways, '503')).toBe(true);
    const outage = load.endOutage();
    expect(outage.reads).toBeGreaterThan(10);
    expect(outage.failedReads).toEqual([]);
    expect(outage.refused).toBeGreaterThan(10);
    expect(outage.otherThanRefused).toEqual([]);
    expect(upstream.requestsTo('createTask')).toHaveLength(sent);
    expect(watchers.filter((watcher) => watcher.closeCode() !== null)).toEqual([]);

    await server.start();
    const backAt = Date.now();
    await until(() => everyoneIs(gateways, '200'));
    const recoveredMs = Date.now() - backAt;
    expect(recoveredMs).toBeLessThan(10_000);
    const before = load.tasks().length;
    await until(() => load.tasks().length >= before + 10);

    const keys = await load.stop();
    for (const id of ids) recorded.finish(id);
    await until(() => watchers.every((watcher) => watcher.isDone()));
    for (const { states } of watchers) {
      expect(states.filter(({ status }) => status === 'COMPLETED')).toHaveLength(1);
    }
    // What was sent is known for what it is, and was sent once; what was refused was not sent, and is free to be.
    const results: (Outcome | null)[] = [];
    for (const key of keys) results.push(await resultOf(member(fleet, 0), key));
    const kinds = results.map((result) => result?.__typename ?? 'unused');
    const tasks = new Set(results.flatMap((result) => result?.id ?? []));
    expect(load.tasks().filter((id) => !tasks.has(id))).toEqual([]);
    const used = kinds.filter((kind) => /^(HeadSwapTask|OutcomeUnknownError)$/.test(kind));
    expect(kinds.filter((kind) => kind === 'unused').length).toBe(kinds.length - used.length);
    expect(upstream.requestsTo('createTask')).toHaveLength(ids.length + used.length);
    const unusedKey = keys[kinds.indexOf('unused')] ?? '';
    const bought = await buy(member(fleet, 0), taskInput(analysis, unusedKey));
    expect(bought.__typename).toBe('HeadSwapTask');
    if (OUTAGE_MS >= 30_000) {
      const unknown = used.length - tasks.size;
      process.stdout.write(
        `${JSON.stringify({ ...outage, recoveredMs, keys: keys.length, tasks: tasks.size, unknown })}\n`,
      );
    }
  },
  180_000 + OUTAGE_MS,
);

/** Reads and creates at every instance until it is stopped. */
function startLoad(gateways: readonly GatewayProcess[], analysis: string, ids: readonly string[]) {
  const keys: string[] = [];
  let running = true;
  const tasks: string[] = [];
  const refusedInARow = gateways.map(() => 0);
  let outage = newOutage();
  const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 200));

  const read = async (gateway: GatewayProcess): Promise<void> => {
    for (let turn = 0; running; turn += 1) {
      const askedAt = Date.now();
      const { data, errors } = await gateway.ask(
        `{ headSwapTask(id: "${ids[turn % ids.length]}") { status } }`,
      );
      outage.reads += 1;
      outage.slowestReadMs = Math.max(outage.slowestReadMs, Date.now() - askedAt);
      if (data?.headSwapTask?.status !== 'PROCESSING')
        outage.failedReads.push(JSON.stringify({ data, errors }));
      await pause();
    }
  };
  const create = async (gateway: GatewayProcess, place: number): Promise<void> => {
    while (running) {
      const key = newKey();
      keys.push(key);
      const askedAt = Date.now();
      const { data, errors } = await gateway.ask(CREATE, { input: taskInput(analysis, key) });
      outage.slowestCreateMs = Math.max(outage.slowestCreateMs, Date.now() - askedAt);
      const isRefused = errors?.[0]?.extensions?.code === 'UNAVAILABLE';
      const id: unknown = data?.createHeadSwapTask?.id;
      if (typeof id === 'string') tasks.push(id);
      if (isRefused) outage.refused += 1;
      else outage.otherThanRefused.push(JSON.stringify({ data, errors }));
      refusedInARow[place] = isRefused ? (refusedInARow[place] ?? 0) + 1 : 0;
      await pause();
    }
  };
  const loops = Promise.all(
    gateways.flatMap((gateway, place) => [read(gateway), create(gateway, place)]),
  );
  // A test that failed ends the gateways under it.
  loops.catch(() => undefined);
  return {
    /** The ids that callers were told. */
    tasks: () => tasks,
    /** By instance. */
    refusedInARow: () => refusedInARow,
    beginOutage: () => {
      outage = newOutage();
    },
    /** What was seen since the beginning. */
    endOutage() {
      const seen = outage;
      outage = newOutage();
      return seen;
    },
    /** Resolves to every key that was asked for. */
    async stop() {
      running = false;
      await loops;
      return keys;
    },
  };
}

function newOutage() {
  return {
    reads: 0,
    failedReads: new Array<string>(),
    slowestReadMs: 0,
    refused: 0,
    otherThanRefused: new Array<string>(),
    slowestCreateMs: 0,
  };
}

/** Whether each instance's readiness has this status, and when ready nothing less than all of it. */
async function everyoneIs(gateways: readonly GatewayProcess[], status: string): Promise<boolean> {
  const all = await Promise.all(
    gateways.map(async ({ url }) => {
      const response = await fetch(`${url}/ready`);
      const { degraded } = await response.json();
      return String(response.status) === status && (status !== '200' || degraded.length === 0);
    }),
  );
  return all.every(Boolean);
}
