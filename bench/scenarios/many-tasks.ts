import { setTimeout as pause } from 'node:timers/promises';
import { makeTasks } from '../harness/graphql.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';

/**
 * One watcher for each task, and every read of every task brings news. Reading, and for a gateway writing down, costs the same
 * whether or not anybody watches; so the price of telling one watcher is the difference between an event with and without one.
 */

const PEERS = ['raw-ws', 'yoga-ws'];
/** Budget for every task at the shortest interval; the interval does not grow. */
const ENV = { POLL_MAX_MS: '2000', POLL_BUDGET_PER_SECOND: '10000', POLL_MS: '2000' };
/** Longer than an interval: by then each task has been read. */
const SETTLE_MS = 3_000;
const CATCH_UP_MS = 15_000;
const LOOK_MS = 50;
const ROUNDS = 1;
const PROGRESS = /"progress":([\d.]+)/;

export const manyTasks: ScenarioGroup = {
  names: ['one-each', 'one-each-whole'],
  async run(bench) {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const contestant of [...PEERS.map(bench.peer), ...bench.gateways]) {
        bench.say(`one-each: ${contestant.name}`);
        const server = await contestant.start({ env: ENV });
        try {
          await runOne(bench, contestant, server);
        } finally {
          await server.stop();
        }
      }
    }
  },
};

async function runOne(bench: Bench, contestant: Contestant, server: ServerProcess): Promise<void> {
  const { standIn, results, sizes } = bench;
  const { name, apiKey: key } = contestant;
  const count = sizes.watchedTasks;
  const ids = contestant.isGateway
    ? await makeTasks(server.port, count)
    : Array.from({ length: count }, (_, index) => `${name}-one-each-${index}`);
  if (!contestant.isGateway) await follow(server.port, ids);
  await standIn.tell({ kind: 'advance', key, on: true });
  await pause(SETTLE_MS);
  const unwatched = await cpuPerRead(bench, contestant, server);

  const seen: number[] = [];
  const told = { events: 0, backwards: 0 };
  const crowd = await openWebSocketCrowd(server.port, count, (index, payload) => {
    const progress = Number(PROGRESS.exec(payload.toString())?.[1]);
    told.events += 1;
    if (progress < (seen[index] ?? 0) || !payload.includes(ids[index] ?? '')) told.backwards += 1;
    seen[index] = progress;
  });
  await crowd.watch((index) => ids[index] ?? '');
  await pause(SETTLE_MS);
  const watched = await cpuPerRead(bench, contestant, server);
  results.add('one-each', name, { cpu: watched.cpu - unwatched.cpu, reads: watched.reads });
  results.add('one-each-whole', name, { cpu: watched.cpu, reads: watched.reads });

  await standIn.tell({ kind: 'advance', key, on: false });
  const latest = await standIn.tell({ kind: 'progress', ids });
  const behind = await behindAfter(seen, latest);
  await crowd.close();
  results.addWrong('one-each', name, told.backwards, 'an event of another task, or an older one');
  results.addWrong('one-each', name, behind, 'a watcher was not told the last state');
  results.addWrong('one-each', name, crowd.wrong(), crowd.firstWrong());
}

async function follow(port: number, ids: readonly string[]): Promise<void> {
  const body = JSON.stringify(ids);
  await fetch(`http://127.0.0.1:${port}/follow`, { method: 'POST', body });
}

async function cpuPerRead(
  { standIn, sizes }: Bench,
  { apiKey: key }: Contestant,
  server: ServerProcess,
): Promise<{ cpu: number; reads: number }> {
  const before = await standIn.tell({ kind: 'counts', key });
  const cpuBefore = server.cpuNs();
  await pause(sizes.manyTasksSeconds * 1000);
  const cpuUsed = server.cpuNs() - cpuBefore;
  const after = await standIn.tell({ kind: 'counts', key });
  const reads = after.reads - before.reads;
  return { cpu: cpuUsed / 1000 / reads, reads };
}

/** How many watchers have not seen the latest state when they have had time enough. */
async function behindAfter(seen: readonly number[], latest: readonly number[]): Promise<number> {
  const deadline = Date.now() + CATCH_UP_MS;
  const behind = (): number => latest.filter((progress, index) => seen[index] !== progress).length;
  while (behind() > 0 && Date.now() < deadline) await pause(LOOK_MS);
  return behind();
}
