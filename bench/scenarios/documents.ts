import { makeTasks, waitForStatus } from '../harness/graphql.ts';
import { load } from '../harness/http-load.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import type { Bench, ScenarioGroup } from './context.ts';
import { CONNECTIONS } from './http-rounds.ts';
import { newDocumentQuestion } from './questions.ts';

/**
 * Documents that each come once, about a task that is done. Whatever compiles or keeps them pays and gets nothing back: CPU tells
 * what it pays, and the growth of memory over the last four fifths whether it forgets.
 */

const PEERS = ['yoga-pothos', 'mercurius', 'http-jit'];
const PARTS = 5;

export const documents: ScenarioGroup = {
  names: ['documents'],
  async run(bench) {
    const running: { contestant: Contestant; server: ServerProcess; id: string }[] = [];
    try {
      for (const contestant of [...PEERS.map(bench.peer), ...bench.gateways]) {
        const server = await contestant.start();
        running.push({ contestant, server, id: await doneTask(bench, contestant, server) });
      }
      const afterFirst = new Map<string, number>();
      for (let part = 0; part < PARTS; part += 1) {
        bench.say(`documents: part ${part + 1} of ${PARTS}`);
        for (const one of running) {
          await runPart(bench, one, part);
          const { name } = one.contestant;
          if (part === 0) afterFirst.set(name, one.server.residentBytes());
        }
      }
      for (const { contestant, server } of running) {
        const before = afterFirst.get(contestant.name) ?? 0;
        const growth = (server.residentBytes() - before) / 1024 ** 2;
        bench.results.add('documents', contestant.name, { growth });
      }
    } finally {
      await Promise.all(running.map(({ server }) => server.stop()));
    }
  },
};

async function runPart(
  { results, sizes }: Bench,
  one: { contestant: Contestant; server: ServerProcess; id: string },
  part: number,
): Promise<void> {
  const { contestant, server, id } = one;
  const count = Math.ceil(sizes.documents / PARTS);
  const cpuBefore = server.cpuNs();
  const { wrong, firstWrong, requests, seconds } = await load({
    port: server.port,
    connections: CONNECTIONS,
    requests: count,
    request: (n) => newDocumentQuestion(id, part * count + n),
  });
  const cpu = (server.cpuNs() - cpuBefore) / 1000 / requests;
  results.addWrong('documents', contestant.name, wrong, firstWrong);
  // The first part is also the warming up.
  if (part > 0) results.add('documents', contestant.name, { cpu, rate: requests / seconds });
}

async function doneTask(
  { standIn }: Bench,
  contestant: Contestant,
  { port }: ServerProcess,
): Promise<string> {
  const ids = contestant.isGateway ? await makeTasks(port, 1) : [`${contestant.name}-documents`];
  await standIn.tell({ kind: 'set', ids, status: 3 });
  if (contestant.isGateway) await waitForStatus(port, ids, 'COMPLETED');
  return ids[0] ?? '';
}
