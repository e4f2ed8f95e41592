import { setTimeout as pause } from 'node:timers/promises';
import { forEachIndex } from '../harness/arrivals.ts';
import type { Crowd } from '../harness/crowd.ts';
import { makeAnalysis, makeTask, makeTasks, waitForStatus } from '../harness/graphql.ts';
import { load, type LoadRequest } from '../harness/http-load.ts';
import type { Contestant } from '../harness/servers.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import type { StandIn } from '../harness/stand-in-process.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import { taskQuestion, TYPENAME } from '../scenarios/questions.ts';

/** What a gateway is asked, and in which units its CPU is counted. */
export interface Question {
  readonly name: string;
  /** Its rounds are waits, which all servers can be in at once. */
  readonly together: boolean;
  /** Made ready at one server: CPU of one unit in a round, in ns. */
  readonly ready: (contestant: Contestant, server: ServerProcess) => Promise<() => Promise<number>>;
}

/** Questions that are asked of the same servers, and how those differ from the defaults. */
export interface QuestionGroup {
  readonly env: Readonly<Record<string, string>>;
  readonly questions: readonly Question[];
}

const CONNECTIONS = 8;
const WARM_UP_REQUESTS = 4_000;
/** So few that what else the machine does meets both servers alike. */
const ROUND_REQUESTS = 1_500;
const CREATES = 32;
const WATCHED_TASKS = 100;
const WATCHERS_PER_TASK = 3;

export function questionGroups(standIn: StandIn): QuestionGroup[] {
  const asked = (name: string, of: (port: number) => Promise<LoadRequest>): Question => ({
    name,
    together: false,
    async ready(_contestant, server) {
      const question = await of(server.port);
      await answer(server, question, WARM_UP_REQUESTS);
      return () => answer(server, question, ROUND_REQUESTS);
    },
  });
  const liveTask = async (port: number): Promise<string> => {
    const [id = ''] = await makeTasks(port, 1);
    await waitForStatus(port, [id], 'PROCESSING');
    return id;
  };
  return [
    {
      env: {},
      questions: [
        asked('{ __typename }', async () => TYPENAME),
        asked('a finished task', async (port) => {
          const id = await liveTask(port);
          await standIn.tell({ kind: 'set', ids: [id], status: 3 });
          await waitForStatus(port, [id], 'COMPLETED');
          return taskQuestion(id, true);
        }),
        asked('a live task', async (port) => taskQuestion(await liveTask(port), false)),
        { name: 'a create', together: false, ready: readyToBuy },
      ],
    },
    {
      // Each task is read, and so changes, twice a second.
      env: {
        POLL_MIN_MS: '500',
        POLL_MAX_MS: '500',
        POLL_MS: '500',
        POLL_BUDGET_PER_SECOND: '1000',
      },
      questions: [
        { name: 'an event told', together: true, ready: (...at) => readyToTell(standIn, ...at) },
      ],
    },
  ];
}

async function answer(
  server: ServerProcess,
  question: LoadRequest,
  requests: number,
): Promise<number> {
  const before = server.cpuNs();
  const request = (): LoadRequest => question;
  const done = await load({ port: server.port, connections: CONNECTIONS, requests, request });
  if (done.wrong > 0) throw new Error(`Answered wrongly: ${done.firstWrong}`);
  return (server.cpuNs() - before) / done.requests;
}

async function readyToBuy(
  _contestant: Contestant,
  server: ServerProcess,
): Promise<() => Promise<number>> {
  const analysis = await makeAnalysis(server.port);
  let number = 0;
  const buy = async (count: number): Promise<number> => {
    const before = server.cpuNs();
    await forEachIndex(count, CONNECTIONS, async () => {
      number += 1;
      await makeTask(server.port, analysis, `bench-tracing-${number}`);
    });
    return (server.cpuNs() - before) / count;
  };
  return () => buy(CREATES);
}

/** An event: a new state that a read brings, from the read over the write until all of its watchers have it. */
async function readyToTell(
  standIn: StandIn,
  { apiKey: key }: Contestant,
  server: ServerProcess,
): Promise<() => Promise<number>> {
  const tasks = await makeTasks(server.port, WATCHED_TASKS);
  await waitForStatus(server.port, tasks, 'PROCESSING');
  const crowd: Crowd = await openWebSocketCrowd(server.port, WATCHED_TASKS * WATCHERS_PER_TASK);
  await crowd.watch((index) => tasks[index % WATCHED_TASKS] ?? '');
  const tell = async (milliseconds: number): Promise<number> => {
    await standIn.tell({ kind: 'advance', key, on: true });
    const [from, before] = [await standIn.tell({ kind: 'counts', key }), server.cpuNs()];
    await pause(milliseconds);
    const [to, after] = [await standIn.tell({ kind: 'counts', key }), server.cpuNs()];
    await standIn.tell({ kind: 'advance', key, on: false });
    if (crowd.wrong() > 0) throw new Error(`Told wrongly: ${crowd.firstWrong()}`);
    return (after - before) / (to.reads - from.reads);
  };
  return () => tell(EVENTS_MS);
}

/** The time within which each task changes once. */
const EVENTS_MS = 500;
