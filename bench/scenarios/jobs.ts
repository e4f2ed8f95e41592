import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres, type PostgresServer } from '../../test/support/postgres/postgres.ts';
import { forEachIndex } from '../harness/arrivals.ts';
import { makeAnalysis, makeTask } from '../harness/graphql.ts';
import type { Crowd } from '../harness/crowd.ts';
import type { Contestant } from '../harness/servers.ts';
import { freePort, type ServerProcess } from '../harness/server-process.ts';
import { messageOf } from '../harness/message-of.ts';
import { openWebSocketCrowd } from '../harness/websocket-crowd.ts';
import type { Bench, ScenarioGroup } from './context.ts';

/**
 * The whole life of jobs: bought, watched, ended by webhooks, told. Many at once, each with its watcher on its own socket. Sockets
 * are opened before; statements are counted at the store's drivers. Servers are warm, and what one does at rest in the same time
 * (signs of life, sweeps) is taken away: how long jobs take is the read budget's doing, not their cost.
 */

const CLIENT_ID = 'bench-client-id-01';
const PROBE = fileURLToPath(new URL('../probe/count-statements.mjs', import.meta.url));
const AT_ONCE = 32;
/** Longer than the probe takes to write down its count. */
const COUNT_MS = 500;
/** Default budget: 20 reads a second. */
const PATIENCE_MS = 240_000;

export const jobs: ScenarioGroup = {
  names: ['jobs-sqlite', 'jobs-postgres'],
  async run(bench, wanted) {
    const postgres = wanted.has('jobs-postgres') ? await postgresOrSkip(bench) : null;
    const running: Running[] = [];
    try {
      for (const contestant of bench.gateways) {
        if (wanted.has('jobs-sqlite')) {
          running.push(await startOne('jobs-sqlite', contestant, null));
        }
        if (postgres !== null) {
          running.push(await startOne('jobs-postgres', contestant, await postgres.newDatabase()));
        }
      }
      bench.say('jobs: warming up');
      const { warmUpJobs, jobRounds } = bench.sizes;
      await Promise.all(
        running.map(async (one) =>
          runJobs(bench, one, await prepareJobs(one, 'warm-up', warmUpJobs)),
        ),
      );
      for (let round = 0; round < jobRounds; round += 1) await runRound(bench, running, round);
    } finally {
      await Promise.all(running.map(({ server }) => server.stop()));
      await postgres?.stop();
    }
  },
};

interface Running {
  readonly scenario: string;
  readonly contestant: Contestant;
  readonly server: ServerProcess;
}

async function postgresOrSkip(bench: Bench): Promise<PostgresServer | null> {
  try {
    return await startPostgres();
  } catch (error) {
    bench.note(`jobs-postgres: skipped, Postgres does not start here: ${messageOf(error)}`);
    return null;
  }
}

/** `database` is null for the embedded one. */
async function startOne(
  scenario: string,
  contestant: Contestant,
  database: string | null,
): Promise<Running> {
  const port = await freePort();
  const server = await contestant.start({
    port,
    nodeArgs: ['--import', PROBE],
    env: {
      AKOOL_CLIENT_ID: CLIENT_ID,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      STATEMENTS_FILE: 'statements',
      // The baseline copies no output, and to copy one costs more than all the rest.
      ARCHIVE: 'off',
      ...(database === null ? {} : { DATABASE_URL: database }),
    },
  });
  return { scenario, contestant, server };
}

/**
 * Every server rests at the same time and with its watchers, who are pinged at rest as they are
 * later, and then has its jobs alone.
 */
async function runRound(bench: Bench, running: readonly Running[], round: number): Promise<void> {
  const { results, sizes } = bench;
  const resting = await Promise.all(
    running.map(async (one) => {
      const run = await prepareJobs(one, String(round), sizes.jobs);
      const atRest = await spentDuring(one.server, () => pause(sizes.jobRestSeconds * 1000));
      return { one, run, atRest };
    }),
  );
  for (const { one, run, atRest } of resting) {
    const { scenario, contestant } = one;
    const { name } = contestant;
    bench.say(`${scenario}: ${name}, round ${round + 1}`);
    const spent = await runJobs(bench, one, run);
    const ofJob = (all: number, whileResting: number): number =>
      Math.max(0, all - (whileResting * spent.milliseconds) / atRest.milliseconds) / sizes.jobs;
    results.add(scenario, name, {
      cpu: ofJob(spent.cpuNs, atRest.cpuNs) / 1000,
      statements: ofJob(spent.statements, atRest.statements),
      last: spent.milliseconds,
    });
  }
}

/** Jobs that can be bought, and the sockets of their watchers. */
interface JobsRun {
  readonly analysisId: string;
  readonly crowd: Crowd;
  readonly count: number;
  /** Part of their keys. */
  readonly name: string;
}

async function prepareJobs({ server }: Running, name: string, count: number): Promise<JobsRun> {
  const analysisId = await makeAnalysis(server.port);
  const crowd = await openWebSocketCrowd(server.port, count);
  await pause(COUNT_MS);
  return { analysisId, crowd, count, name };
}

/** What so many jobs cost, from the first purchase to the last watched end. */
async function runJobs(
  { standIn, results }: Bench,
  { scenario, contestant, server }: Running,
  { analysisId, crowd, count, name }: JobsRun,
): Promise<Spent> {
  const { port } = server;
  let refused = 0;
  const spent = await spentDuring(server, async () => {
    const ids: string[] = [];
    await forEachIndex(count, AT_ONCE, async (index) => {
      ids[index] = await makeTask(port, analysisId, `bench-${name}-${index}-${analysisId}`);
    });
    await crowd.watch((index) => ids[index] ?? '');
    const ended = crowd.wait('"COMPLETED"', PATIENCE_MS);
    refused = await standIn.tell({
      kind: 'finish',
      ids,
      clientId: CLIENT_ID,
      secret: contestant.apiKey,
      atOnce: AT_ONCE,
    });
    await ended;
  });
  const wrong = crowd.wrong() + refused;
  const firstWrong = crowd.firstWrong() ?? (refused > 0 ? 'A webhook was refused.' : null);
  await crowd.close();
  results.addWrong(scenario, contestant.name, wrong, firstWrong);
  return spent;
}

interface Spent {
  readonly cpuNs: number;
  readonly milliseconds: number;
  readonly statements: number;
}

/** What a server spent meanwhile. */
async function spentDuring(server: ServerProcess, work: () => Promise<unknown>): Promise<Spent> {
  const statementsBefore = statementsOf(server);
  const cpuBefore = server.cpuNs();
  const startedAt = performance.now();
  await work();
  const cpuNs = server.cpuNs() - cpuBefore;
  const milliseconds = performance.now() - startedAt;
  await pause(COUNT_MS);
  return { cpuNs, milliseconds, statements: statementsOf(server) - statementsBefore };
}

/** Statements so far, of all threads. */
function statementsOf({ folder }: ServerProcess): number {
  return readdirSync(folder)
    .filter((file) => file.startsWith('statements.'))
    .reduce((sum, file) => sum + Number(readFileSync(join(folder, file), 'utf8')), 0);
}
