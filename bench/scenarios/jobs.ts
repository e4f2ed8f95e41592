import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startPostgres, type PostgresServer } from '../../test/support/postgres/postgres.ts';
import { forEachIndex } from '../harness/arrivals.ts';
import { makeAnalysis, makeTask } from '../harness/graphql.ts';
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
/** How long a server is looked at while nothing happens. */
const REST_MS = 3_000;
/** Default budget: 20 reads a second. */
const PATIENCE_MS = 240_000;

export const jobs: ScenarioGroup = {
  names: ['jobs-sqlite', 'jobs-postgres'],
  async run(bench, wanted) {
    if (wanted.has('jobs-sqlite')) await runEngine(bench, 'jobs-sqlite', null);
    if (!wanted.has('jobs-postgres')) return;
    const postgres = await startPostgres().catch((error: unknown) => {
      bench.note(`jobs-postgres: skipped, Postgres does not start here: ${messageOf(error)}`);
      return null;
    });
    if (postgres === null) return;
    try {
      await runEngine(bench, 'jobs-postgres', postgres);
    } finally {
      await postgres.stop();
    }
  },
};

interface Running {
  readonly contestant: Contestant;
  readonly server: ServerProcess;
}

async function runEngine(
  bench: Bench,
  scenario: string,
  postgres: PostgresServer | null,
): Promise<void> {
  const running: Running[] = [];
  try {
    for (const contestant of bench.gateways) {
      const port = await freePort();
      const database = await postgres?.newDatabase();
      const server = await contestant.start({
        port,
        nodeArgs: ['--import', PROBE],
        env: {
          AKOOL_CLIENT_ID: CLIENT_ID,
          PUBLIC_URL: `http://127.0.0.1:${port}`,
          STATEMENTS_FILE: 'statements',
          // The baseline copies no output, and to copy one costs more than all the rest.
          ARCHIVE: 'off',
          ...(database === undefined ? {} : { DATABASE_URL: database }),
        },
      });
      running.push({ contestant, server });
    }
    bench.say(`${scenario}: warming up`);
    const { warmUpJobs } = bench.sizes;
    await Promise.all(running.map((one) => runJobs(bench, scenario, one, 'warm-up', warmUpJobs)));
    for (let round = 0; round < bench.sizes.jobRounds; round += 1) {
      for (const one of running) {
        bench.say(`${scenario}: ${one.contestant.name}`);
        const figures = await runJobs(bench, scenario, one, String(round), bench.sizes.jobs);
        bench.results.add(scenario, one.contestant.name, figures);
      }
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

/** The figures of one job among so many; `name` is part of their keys. */
async function runJobs(
  { standIn, results }: Bench,
  scenario: string,
  { contestant, server }: Running,
  name: string,
  count: number,
) {
  const { port } = server;
  const analysisId = await makeAnalysis(port);
  const crowd = await openWebSocketCrowd(port, count);
  await pause(COUNT_MS);
  const atRest = await spentDuring(server, () => pause(REST_MS));
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
  const ofJobs = (all: number, resting: number): number =>
    Math.max(0, all - (resting * spent.milliseconds) / atRest.milliseconds) / count;
  return {
    cpu: ofJobs(spent.cpuNs, atRest.cpuNs) / 1000,
    statements: ofJobs(spent.statements, atRest.statements),
    last: spent.milliseconds,
  };
}

/** What a server spent meanwhile. */
async function spentDuring(server: ServerProcess, work: () => Promise<unknown>) {
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
