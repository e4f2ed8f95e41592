import { setTimeout as pause } from 'node:timers/promises';
import { makeTasks } from '../harness/graphql.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';

/**
 * One watcher for each task, and every read of every task brings news. Reading, and for a gateway writing down, costs the same
 * whether or not anybody watches; so the price of telling one watcher is the difference between an event with and without one.
 * Watchers come and go several times, so that what changes in the meantime weighs on both sides.
 */

const PEERS = ['raw-ws', 'yoga-ws'];
const EVENTS_PER_SECOND = 2_000;
const CATCH_UP_MS = 15_000;
const LOOK_MS = 50;
const PROGRESS = /"progress":([\d.]+)/;

export const manyTasks: ScenarioGroup = {
  names: ['one-each', 'one-each-whole'],
  async run(bench) {
    const pollMs = Math.round((bench.sizes.watchedTasks / EVENTS_PER_SECOND) * 1000);
    const env = {
      POLL_MIN_MS: String(pollMs),
      POLL_MAX_MS: String(pollMs),
      POLL_BUDGET_PER_SECOND: '10000',
      POLL_MS: String(pollMs),
    };
    for (const contestant of [...PEERS.map(bench.peer), ...bench.gateways]) {
      bench.say(`one-each: ${contestant.name}`);
      const server = await contestant.start({ env });
      try {
        await runOne(bench, contestant, server, pollMs);
      } finally {
        await server.stop();
      }
    }
  },
};

async function runOne(
  bench: Bench,
  contestant: Contestant,
  server: ServerProcess,
  pollMs: number,
): Promise<void> {
  const { standIn, results, sizes } = bench;
  const { name, apiKey: key } = contestant;
  const ids = await tasksOf(contestant, server, sizes.watchedTasks);
  await standIn.tell({ kind: 'advance', key, on: true });
  for (let look = -sizes.warmUpLooks; look < sizes.looks; look += 1) {
    // By then each task has been read, and whoever left is forgotten.
    await pause(2 * pollMs);
    const unwatched = await cpuPerRead(bench, contestant, server);
    const watchers = await openWatchers(server.port, ids);
    await pause(pollMs);
    const watched = await cpuPerRead(bench, contestant, server);
    if (look >= 0) {
      const { reads } = watched;
      results.add('one-each', name, { cpu: watched.cpu - unwatched.cpu, reads });
      results.add('one-each-whole', name, { cpu: watched.cpu, reads });
    }
    if (look === sizes.looks - 1) {
      await standIn.tell({ kind: 'advance', key, on: false });
      const behind = await watchers.behindAfter(await standIn.tell({ kind: 'progress', ids }));
      results.addWrong('one-each', name, behind, 'a watcher was not told the last state');
    }
    const { misled, crowd } = watchers;
    await crowd.close();
    results.addWrong('one-each', name, misled(), 'an event of another task, or an older one');
    results.addWrong('one-each', name, crowd.wrong(), crowd.firstWrong());
  }
}

/** A gateway follows what was bought through it; peers are told what to follow. */
async function tasksOf(
  contestant: Contestant,
  { port }: ServerProcess,
  count: number,
): Promise<string[]> {
  if (contestant.isGateway) return makeTasks(port, count);
  const ids = Array.from({ length: count }, (_, index) => `${contestant.name}-one-each-${index}`);
  const body = JSON.stringify(ids);
  await fetch(`http://127.0.0.1:${port}/follow`, { method: 'POST', body });
  return ids;
}

/** One watcher for each task, looking at what it is told. */
async function openWatchers(port: number, ids: readonly string[]) {
  const seen: number[] = [];
  let misled = 0;
  const crowd = await openWebSocketCrowd(port, ids.length, (index, payload) => {
    const progress = Number(PROGRESS.exec(payload.toString())?.[1]);
    if (progress < (seen[index] ?? 0) || !payload.includes(ids[index] ?? '')) misled += 1;
    seen[index] = progress;
  });
  await crowd.watch((index) => ids[index] ?? '');
  return {
    crowd,
    misled: () => misled,
    /** How many watchers have not seen the latest state when they have had time enough. */
    async behindAfter(latest: readonly number[]): Promise<number> {
      const deadline = Date.now() + CATCH_UP_MS;
      const behind = (): number =>
        latest.filter((progress, index) => seen[index] !== progress).length;
      while (behind() > 0 && Date.now() < deadline) await pause(LOOK_MS);
      return behind();
    },
  };
}

async function cpuPerRead(
  { standIn, sizes }: Bench,
  { apiKey: key }: Contestant,
  server: ServerProcess,
): Promise<{ cpu: number; reads: number }> {
  const before = await standIn.tell({ kind: 'counts', key });
  const cpuBefore = server.cpuNs();
  await pause(sizes.lookSeconds * 1000);
  const cpuUsed = server.cpuNs() - cpuBefore;
  const after = await standIn.tell({ kind: 'counts', key });
  const reads = after.reads - before.reads;
  return { cpu: cpuUsed / 1000 / reads, reads };
}
