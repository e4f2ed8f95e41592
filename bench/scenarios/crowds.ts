import { setTimeout as pause } from 'node:timers/promises';
import type { Crowd } from '../harness/crowd.ts';
import { openEventStreamCrowd } from '../harness/event-stream-crowd.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';
import { watchedTask } from './watched-task.ts';

/** One event to many watchers of one task; on the way, what connecting them costs. */

interface CrowdKind {
  readonly scenario: string;
  /** Where connecting is measured, too; null where nothing is spoken before the first request. */
  readonly handshakes: string | null;
  readonly peers: readonly string[];
  open(port: number, count: number): Promise<Crowd>;
}

const KINDS: readonly CrowdKind[] = [
  {
    scenario: 'fan-out',
    handshakes: 'handshakes',
    peers: ['raw-ws', 'yoga-ws'],
    open: openWebSocketCrowd,
  },
  {
    scenario: 'fan-out-sse',
    handshakes: null,
    peers: ['yoga-ws'],
    open: openEventStreamCrowd,
  },
];

/** A short interval all along, so that nobody waits long for the next event; it changes nothing about telling it. */
const ENV = { POLL_MIN_MS: '500', POLL_MAX_MS: '500', POLL_MS: '500' };
const WARM_UP = 100;
/** A server has let go of a crowd by then. */
const LEAVE_MS = 500;

export const crowds: ScenarioGroup = {
  names: ['fan-out', 'fan-out-sse', 'handshakes'],
  async run(bench, wanted) {
    for (const kind of KINDS) {
      const isWanted = wanted.has(kind.scenario) || wanted.has(kind.handshakes ?? '');
      if (isWanted) await runKind(bench, kind);
    }
  },
};

interface Running {
  readonly contestant: Contestant;
  readonly server: ServerProcess;
  readonly task: string;
}

async function runKind(bench: Bench, kind: CrowdKind): Promise<void> {
  const running: Running[] = [];
  try {
    for (const contestant of [...kind.peers.map(bench.peer), ...bench.gateways]) {
      const server = await contestant.start({ env: ENV });
      const task = await watchedTask(contestant, server, kind.scenario);
      running.push({ contestant, server, task });
      const few = await kind.open(server.port, WARM_UP);
      await few.watch(() => task);
      await few.close();
      await pause(LEAVE_MS);
    }
    for (let round = 0; round < bench.sizes.crowdRounds; round += 1) {
      for (const one of running) {
        bench.say(`${kind.scenario}: ${one.contestant.name}, round ${round + 1}`);
        await runCrowd(bench, kind, one);
      }
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

async function runCrowd(
  bench: Bench,
  kind: CrowdKind,
  { contestant, server, task }: Running,
): Promise<void> {
  const { results, sizes } = bench;
  const { name } = contestant;
  const count = sizes.subscribers;
  const cpuBefore = server.cpuNs();
  const startedAt = performance.now();
  const crowd = await kind.open(server.port, count);
  if (kind.handshakes !== null) {
    const seconds = (performance.now() - startedAt) / 1000;
    results.add(kind.handshakes, name, {
      cpu: (server.cpuNs() - cpuBefore) / 1000 / count,
      rate: count / seconds,
    });
    results.addWrong(kind.handshakes, name, crowd.wrong(), crowd.firstWrong());
  }
  await crowd.watch(() => task);
  for (let event = 0; event < sizes.events; event += 1) {
    await measureEvent(bench, kind.scenario, { contestant, server, task }, crowd, count);
  }
  results.addWrong(kind.scenario, name, crowd.wrong(), crowd.firstWrong());
  await crowd.close();
  await pause(LEAVE_MS);
}

async function measureEvent(
  { standIn, results }: Bench,
  scenario: string,
  { contestant, server, task }: Running,
  crowd: Crowd,
  count: number,
): Promise<void> {
  const [now = 0] = await standIn.tell({ kind: 'progress', ids: [task] });
  const next = Number((now + STEP).toFixed(3));
  const everybody = crowd.wait(`"progress":${next},`);
  const moved = await standIn.tell({ kind: 'move', id: task, pid: server.pid, status: 2 });
  const { first, last, missing } = await everybody;
  const cpuUsed = server.cpuNs() - moved.cpuNs;
  if (missing > 0) return;
  results.add(scenario, contestant.name, {
    cpu: cpuUsed / 1000 / count,
    first: first - moved.at,
    last: last - moved.at,
    spread: last - first,
  });
}

/** How far the stand-in moves a task. */
const STEP = 0.005;
