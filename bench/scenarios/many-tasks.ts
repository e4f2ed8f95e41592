import { setTimeout as pause } from 'node:timers/promises';
import { makeTasks } from '../harness/graphql.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { median } from '../harness/statistics.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';

/**
 * One watcher for each task, and every read of every task brings news. Reading, and for a gateway writing down, costs the same
 * whether or not anybody watches; so the price of telling one watcher is the difference between an event with and without one.
 * Watchers come and go several times on sockets that stay, so that what changes in the meantime weighs on both sides.
 */

const PEERS = ['raw-ws', 'yoga-ws'];
/** So many that a server is busy: what one event costs varies most where it has to wake up for each. */
const EVENTS_PER_SECOND = 4_000;
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
  const { crowd, misled, behindAfter } = await openWatchers(server.port, ids);
  const look = async (): Promise<{ cpu: number; reads: number }> => {
    // By then each task has been read once more, and what watching or leaving began is done.
    await pause(pollMs);
    return cpuPerRead(bench, contestant, server, sizes.lookPolls * pollMs);
  };
  const pairs: { added: number; whole: number; reads: number }[] = [];
  for (let pair = -sizes.warmUpLookPairs; pair < sizes.lookPairs; pair += 1) {
    const unwatched = await look();
    await crowd.watch((index) => ids[index] ?? '');
    const watched = await look();
    const { cpu, reads } = watched;
    if (pair >= 0) pairs.push({ added: cpu - unwatched.cpu, whole: cpu, reads });
    if (pair < sizes.lookPairs - 1) await crowd.unwatch();
  }
  // One figure: no look at another server belongs to any of these.
  const middle = (of: keyof (typeof pairs)[number]): number =>
    median(pairs.map((each) => each[of]));
  results.add('one-each', name, { cpu: middle('added'), reads: middle('reads') });
  results.add('one-each-whole', name, { cpu: middle('whole'), reads: middle('reads') });
  await standIn.tell({ kind: 'advance', key, on: false });
  const behind = await behindAfter(await standIn.tell({ kind: 'progress', ids }));
  results.addWrong('one-each', name, behind, 'a watcher was not told the last state');
  await crowd.close();
  results.addWrong('one-each', name, misled(), 'an event of another task, or an older one');
  results.addWrong('one-each', name, crowd.wrong(), crowd.firstWrong());
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

/** A socket for each task; it looks at what it is told. */
async function openWatchers(port: number, ids: readonly string[]) {
  const seen: number[] = [];
  let misled = 0;
  const crowd = await openWebSocketCrowd(port, ids.length, (index, payload) => {
    const progress = Number(PROGRESS.exec(payload.toString())?.[1]);
    if (progress < (seen[index] ?? 0) || !payload.includes(ids[index] ?? '')) misled += 1;
    seen[index] = progress;
  });
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
  { standIn }: Bench,
  { apiKey: key }: Contestant,
  server: ServerProcess,
  lookMs: number,
): Promise<{ cpu: number; reads: number }> {
  const before = await standIn.tell({ kind: 'counts', key });
  const cpuBefore = server.cpuNs();
  await pause(lookMs);
  const cpuUsed = server.cpuNs() - cpuBefore;
  const after = await standIn.tell({ kind: 'counts', key });
  const reads = after.reads - before.reads;
  return { cpu: cpuUsed / 1000 / reads, reads };
}
