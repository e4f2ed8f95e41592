import { makeTasks, waitForStatus } from '../harness/graphql.ts';
import { load } from '../harness/http-load.ts';
import type { ScenarioGroup } from './context.ts';
import { CONNECTIONS, measureOnce } from './http-rounds.ts';
import { taskQuestion } from './questions.ts';

/** So many live tasks take the whole default read budget at the shortest interval. */
const LIVE_TASKS = 40;

/**
 * How long callers wait for a live task's answer when the read budget is spent by polling alone. Tasks are read less often as they
 * grow old, so each round has fresh ones.
 */
export const latency: ScenarioGroup = {
  names: ['latency'],
  async run(bench) {
    const { standIn, gateways, sizes } = bench;
    for (const contestant of gateways) {
      const server = await contestant.start();
      try {
        for (let round = 0; round < sizes.rounds; round += 1) {
          bench.say(`latency: ${contestant.name}, round ${round + 1} of ${sizes.rounds}`);
          const ids = await makeTasks(server.port, LIVE_TASKS);
          await waitForStatus(server.port, ids, 'PROCESSING');
          const questions = ids.map((id) => taskQuestion(id, false));
          const request = (n: number) => questions[n % questions.length] ?? taskQuestion('', false);
          if (round === 0) {
            const { port } = server;
            await load({ port, connections: CONNECTIONS, seconds: sizes.warmUpSeconds, request });
          }
          await measureOnce(bench, 'latency', { contestant, server, request });
          await standIn.tell({ kind: 'set', ids, status: 3 });
          await waitForStatus(server.port, ids, 'COMPLETED');
        }
      } finally {
        await server.stop();
      }
    }
  },
};
