import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { forEachIndex } from '../harness/arrivals.ts';
import type { Crowd } from '../harness/crowd.ts';
import { openEventStreamCrowd } from '../harness/event-stream-crowd.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';
import { watchedTask } from './watched-task.ts';

/**
 * What a subscriber takes of a server's memory while nothing happens to it but pings: what the last four fifths of a crowd add to the
 * first. Everything else that memory holds is there before: code that a crowd as large as the first has warmed, a young generation of
 * its full size. Garbage is collected first, since when Node does that by itself is chance.
 */

interface IdleKind {
  readonly scenario: string;
  readonly peers: readonly string[];
  open(port: number, count: number): Promise<Crowd>;
}

const KINDS: readonly IdleKind[] = [
  {
    scenario: 'idle',
    peers: ['raw-ws', 'yoga-ws'],
    open: openWebSocketCrowd,
  },
  {
    scenario: 'idle-sse',
    peers: ['yoga-ws'],
    open: openEventStreamCrowd,
  },
];

const COLLECTOR = fileURLToPath(new URL('../probe/collect-garbage.mjs', import.meta.url));
/** Node's largest young generation on 64 bits, from the start: of its two halves, MB each. */
const YOUNG_MB = 16;
const NODE_ARGS = ['--import', COLLECTOR, `--min-semi-space-size=${YOUNG_MB}`];

const FIRST_SHARE = 1 / 5;
/** A server has let go of a crowd by then. */
const LEAVE_MS = 1_000;
/** What a collection frees is given back to the system by other threads, somewhat later. */
const COLLECT_MS = 1_000;
const LOOKS = 10;
const LOOK_MS = 100;

export const idle: ScenarioGroup = {
  names: KINDS.map(({ scenario }) => scenario),
  async run(bench, wanted) {
    for (const kind of KINDS) {
      if (!wanted.has(kind.scenario)) continue;
      const contestants = [...kind.peers.map(bench.peer), ...bench.gateways];
      await forEachIndex(contestants.length, bench.sizes.crowdsAtOnce, async (index) => {
        const contestant = contestants[index];
        if (contestant === undefined) return;
        bench.say(`${kind.scenario}: ${contestant.name}`);
        await measure(bench, kind, contestant);
      });
    }
  },
};

async function measure(
  bench: Bench,
  { scenario, open }: IdleKind,
  contestant: Contestant,
): Promise<void> {
  const { results, sizes } = bench;
  const count = sizes.subscribers;
  const server = await contestant.start({ nodeArgs: NODE_ARGS });
  try {
    const task = await watchedTask(contestant, server, scenario);
    const watch = async (subscribers: number): Promise<Crowd> => {
      const crowd = await open(server.port, subscribers);
      await crowd.watch(() => task);
      return crowd;
    };
    const settledBytes = async (): Promise<number> => {
      await pause(sizes.restMs);
      return collectedBytes(server);
    };
    const firstCount = Math.ceil(count * FIRST_SHARE);
    // No larger: what a process once had from the system it may keep, and would give to the others.
    const warming = await watch(firstCount);
    await warming.close();
    await pause(LEAVE_MS);
    const first = await watch(firstCount);
    const bytesBefore = await settledBytes();
    const rest = await watch(count - firstCount);
    const bytes = ((await settledBytes()) - bytesBefore) / (count - firstCount);
    results.add(scenario, contestant.name, { bytes });
    for (const crowd of [warming, first, rest]) {
      results.addWrong(scenario, contestant.name, crowd.wrong(), crowd.firstWrong());
    }
    await Promise.all([first.close(), rest.close()]);
  } finally {
    await server.stop();
  }
}

/** Resident memory without garbage: the least of some looks after two collections, since finalizers leave work for the second. */
async function collectedBytes(server: ServerProcess): Promise<number> {
  for (let collection = 0; collection < 2; collection += 1) {
    process.kill(server.pid, 'SIGUSR2');
    await pause(COLLECT_MS);
  }
  let least = Infinity;
  for (let look = 0; look < LOOKS; look += 1) {
    least = Math.min(least, server.residentBytes());
    await pause(LOOK_MS);
  }
  return least;
}
