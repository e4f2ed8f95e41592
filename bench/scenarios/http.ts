import { makeTasks, waitForStatus } from '../harness/graphql.ts';
import type { LoadRequest } from '../harness/http-load.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { messageOf } from '../harness/message-of.ts';
import type { Bench, ScenarioGroup } from './context.ts';
import { hiveQuestion } from './hive-question.ts';
import { runHttpRounds, type Entrant } from './http-rounds.ts';
import { aliasesQuestion, taskQuestion, TYPENAME } from './questions.ts';

/** Questions over HTTP, on all peers that can answer them. */

interface Running {
  readonly contestant: Contestant;
  readonly server: ServerProcess;
  /** Ten tasks that are done, and the live ones made so far. */
  readonly done: string[];
  readonly live: string[];
}

const RAW = 'raw-http';
const FRAMEWORKS = ['http-jit', 'yoga-naive', 'yoga-pothos', 'apollo', 'mercurius'];
const TASKS = 10;

interface HttpScenario {
  readonly name: string;
  readonly peers: readonly string[];
  readonly withHive: boolean;
  readonly liveTasks: number;
  readonly question: (running: Running) => LoadRequest;
}

const SCENARIOS: readonly HttpScenario[] = [
  {
    name: 'typename',
    peers: [RAW, ...FRAMEWORKS],
    withHive: false,
    liveTasks: 0,
    question: () => TYPENAME,
  },
  {
    name: 'finished-task',
    peers: [RAW, 'proxy', ...FRAMEWORKS],
    withHive: false,
    liveTasks: 0,
    question: ({ done }) => taskQuestion(done[0] ?? '', true),
  },
  {
    name: 'aliases-finished',
    peers: [RAW, ...FRAMEWORKS],
    withHive: false,
    liveTasks: 0,
    question: ({ done }) => aliasesQuestion(done, true),
  },
  {
    name: 'live-task',
    peers: [RAW, 'proxy', ...FRAMEWORKS],
    withHive: true,
    liveTasks: 1,
    question: ({ live }) => taskQuestion(live[0] ?? '', false),
  },
  {
    name: 'aliases-live',
    peers: [RAW, ...FRAMEWORKS],
    withHive: false,
    liveTasks: TASKS,
    question: ({ live }) => aliasesQuestion(live.slice(0, TASKS), false),
  },
];

export const http: ScenarioGroup = {
  names: SCENARIOS.map(({ name }) => name),
  async run(bench, wanted) {
    const scenarios = SCENARIOS.filter(({ name }) => wanted.has(name));
    const names = new Set(scenarios.flatMap(({ peers }) => peers));
    const hive = scenarios.some(({ withHive }) => withHive) ? bench.hive : null;
    const contestants = [
      ...[...names].map(bench.peer),
      ...(hive === null ? [] : [hive]),
      ...bench.gateways,
    ];
    const running: Running[] = [];
    try {
      for (const contestant of contestants) {
        bench.say(`starting ${contestant.name}`);
        const server = await startOrSkip(bench, contestant);
        if (server !== null) running.push({ contestant, server, done: [], live: [] });
      }
      for (const one of running) await makeDone(bench, one);
      for (const scenario of scenarios) await runScenario(bench, scenario, running);
    } finally {
      await Promise.all(running.map(({ server }) => server.stop()));
    }
  },
};

/** Hive Gateway does not run on every Node.js; nothing else may be left out. */
async function startOrSkip(bench: Bench, contestant: Contestant): Promise<ServerProcess | null> {
  try {
    return await contestant.start();
  } catch (error) {
    if (contestant !== bench.hive) throw error;
    bench.note(`hive: skipped. ${messageOf(error).replaceAll('\n', ' ').slice(0, 300)}`);
    return null;
  }
}

async function runScenario(
  bench: Bench,
  scenario: HttpScenario,
  running: readonly Running[],
): Promise<void> {
  const { name, peers, withHive, liveTasks, question } = scenario;
  const entrants: Entrant[] = [];
  for (const one of running) {
    const { contestant, server } = one;
    const isHive = contestant === bench.hive;
    const enters = isHive ? withHive : contestant.isGateway || peers.includes(contestant.name);
    if (!enters) continue;
    await makeLive(one, liveTasks);
    const asked = question(one);
    if (contestant.name === RAW) {
      const path = `/${name}`;
      const body = JSON.stringify({ data: asked.expected });
      await fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'PUT', body });
      entrants.push({ contestant, server, request: () => ({ ...asked, path }) });
    } else {
      const sent = isHive ? hiveQuestion(one.live[0] ?? '') : asked;
      entrants.push({ contestant, server, request: () => sent });
    }
  }
  await runHttpRounds(bench, name, entrants);
}

/** A gateway's tasks are bought through it; peers take any id. */
async function makeDone({ standIn }: Bench, one: Running): Promise<void> {
  const { contestant, server } = one;
  const ids = contestant.isGateway
    ? await makeTasks(server.port, TASKS)
    : Array.from({ length: TASKS }, (_, index) => idOf('d0', index));
  await standIn.tell({ kind: 'set', ids, status: 3 });
  if (contestant.isGateway) await waitForStatus(server.port, ids, 'COMPLETED');
  one.done.push(...ids);
}

async function makeLive({ contestant, server, live }: Running, count: number): Promise<void> {
  const missing = count - live.length;
  if (missing <= 0) return;
  if (!contestant.isGateway) {
    live.push(...Array.from({ length: missing }, (_, index) => idOf('a1', live.length + index)));
    return;
  }
  const ids = await makeTasks(server.port, missing);
  await waitForStatus(server.port, ids, 'PROCESSING');
  live.push(...ids);
}

function idOf(prefix: string, index: number): string {
  return `${prefix}${String(index).padStart(22, '0')}`;
}
