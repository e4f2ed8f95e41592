import { setTimeout as pause } from 'node:timers/promises';
import { ask, makeTasks, waitForStatus } from '../harness/graphql.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';

/** How often AKOOL is read: for one watcher, for many, after the end, and for questions that come at one moment. */

const MANY = 200;
const AT_ONCE = 32;
const SETTLE_MS = 500;
const TASK = 'query ($id: ID!) { headSwapTask(id: $id) { id status } }';

export const reads: ScenarioGroup = {
  names: ['reads'],
  async run(bench) {
    // Side by side: reads are counted, and take as long as they take.
    await Promise.all(
      bench.gateways.map(async (contestant) => {
        bench.say(`reads: ${contestant.name}`);
        const server = await contestant.start({ env: { POLL_MAX_MS: '2000' } });
        try {
          await runOne(bench, contestant, server);
        } finally {
          await server.stop();
        }
      }),
    );
  },
};

async function runOne(bench: Bench, contestant: Contestant, server: ServerProcess): Promise<void> {
  const { standIn, results, sizes } = bench;
  const { name, apiKey: key } = contestant;
  const { port } = server;
  const readsIn = async (ms: number): Promise<number> => {
    const before = await standIn.tell({ kind: 'counts', key });
    await pause(ms);
    const after = await standIn.tell({ kind: 'counts', key });
    return after.reads - before.reads;
  };
  const [task = ''] = await makeTasks(port, 1);
  await waitForStatus(port, [task], 'PROCESSING');
  const one = await openWebSocketCrowd(port, 1);
  await one.watch(() => task);
  const readsAlone = await readsIn(sizes.readSeconds * 1000);
  const many = await openWebSocketCrowd(port, MANY);
  await many.watch(() => task);
  const readsOfMany = await readsIn(sizes.readSeconds * 1000);

  const ended = many.wait('"COMPLETED"');
  await standIn.tell({ kind: 'set', ids: [task], status: 3 });
  await ended;
  await pause(SETTLE_MS);
  const readsAfterEnd = await readsIn(sizes.readSeconds * 1000);

  const before = await standIn.tell({ kind: 'counts', key });
  const foreign = `f0${String(server.pid).padStart(22, '0')}`;
  await Promise.all(Array.from({ length: AT_ONCE }, () => ask(port, TASK, { id: foreign })));
  const after = await standIn.tell({ kind: 'counts', key });
  results.add('reads', name, {
    readsAlone,
    reads: readsOfMany,
    readsAfterEnd,
    upstream: after.reads - before.reads,
  });
  for (const crowd of [one, many]) {
    results.addWrong('reads', name, crowd.wrong(), crowd.firstWrong());
    await crowd.close();
  }
}
