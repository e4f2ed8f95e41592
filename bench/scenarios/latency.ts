import { makeTasks, waitForStatus } from '../harness/graphql.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import type { Bench, ScenarioGroup } from './context.ts';
import { measureOnce, warmUp } from './http-rounds.ts';
import { taskQuestion } from './questions.ts';

/** So many live tasks take the whole default read budget at the shortest interval. */
const LIVE_TASKS = 40;

/** Two intervals at least, so that every task is due in each round. */
const LEAST_SECONDS = 4;

interface Running {
  readonly contestant: Contestant;
  readonly server: ServerProcess;
  /** Those of the last round, which come to their end while another server is measured. */
  ending: readonly string[];
}

/**
 * How long callers wait for a live task's answer when the read budget is spent by polling alone. Tasks are read less often as they
 * grow old, so each round has fresh ones.
 */
export const latency: ScenarioGroup = {
  names: ['latency'],
  async run(bench) {
    const running: Running[] = [];
    try {
      for (const contestant of bench.gateways) {
        running.push({ contestant, server: await contestant.start(), ending: [] });
      }
      for (let round = 0; round < bench.sizes.latencyRounds; round += 1) {
        const first = round % running.length;
        for (const one of [...running.slice(first), ...running.slice(0, first)]) {
          bench.say(`latency: ${one.contestant.name}, round ${round + 1}`);
          await runOne(bench, one, round === 0);
        }
      }
    } finally {
      await Promise.all(running.map(({ server }) => server.stop()));
    }
  },
};

async function runOne(bench: Bench, one: Running, isFirst: boolean): Promise<void> {
  const { standIn, sizes } = bench;
  const { contestant, server } = one;
  const { port } = server;
  await waitForStatus(port, one.ending, 'COMPLETED');
  const ids = await makeTasks(port, LIVE_TASKS);
  await waitForStatus(port, ids, 'PROCESSING');
  const questions = ids.map((id) => taskQuestion(id, false));
  const request = (n: number) => questions[n % questions.length] ?? taskQuestion('', false);
  if (isFirst) await warmUp(bench, { server, request });
  const seconds = Math.max(LEAST_SECONDS, sizes.seconds);
  await measureOnce(bench, 'latency', { contestant, server, request }, seconds);
  await standIn.tell({ kind: 'set', ids, status: 3 });
  one.ending = ids;
}
