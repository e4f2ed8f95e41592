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
 * are opened before; statements are counted at the store's drivers.
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
    for (let round = -1; round < bench.sizes.jobRounds; round += 1) {
      for (const one of running) {
        bench.say(`${scenario}: ${one.contestant.name}${round === -1 ? ', warming up' : ''}`);
        await runJobs(bench, scenario, one, round);
      }
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

const WARM_UP_JOBS = 20;

/** Round −1 is the warming up. */
async function runJobs(
  bench: Bench,
  scenario: string,
  { contestant, server }: Running,
  round: number,
): Promise<void> {
  const { standIn, results, sizes } = bench;
  const { name, apiKey } = contestant;
  const { port } = server;
  const count = round === -1 ? WARM_UP_JOBS : sizes.jobs;
  const analysisId = await makeAnalysis(port);
  const crowd = await openWebSocketCrowd(port, count);
  await pause(COUNT_MS);
  const statementsBefore = statementsOf(server);
  const cpuBefore = server.cpuNs();
  const startedAt = performance.now();

  const ids: string[] = [];
  await forEachIndex(count, AT_ONCE, async (index) => {
    ids[index] = await makeTask(port, analysisId, `bench-${round}-${index}-${analysisId}`);
  });
  await crowd.watch((index) => ids[index] ?? '');
  const ended = crowd.wait('"COMPLETED"', PATIENCE_MS);
  const refused = await standIn.tell({
    kind: 'finish',
    ids,
    clientId: CLIENT_ID,
    secret: apiKey,
    atOnce: AT_ONCE,
  });
  await ended;

  const cpuUsed = server.cpuNs() - cpuBefore;
  const last = performance.now() - startedAt;
  await pause(COUNT_MS);
  const statements = (statementsOf(server) - statementsBefore) / count;
  const wrong = crowd.wrong() + refused;
  const firstWrong = crowd.firstWrong() ?? (refused > 0 ? 'A webhook was refused.' : null);
  await crowd.close();
  results.addWrong(scenario, name, wrong, firstWrong);
  if (round >= 0) results.add(scenario, name, { cpu: cpuUsed / 1000 / count, statements, last });
}

/** Statements so far, of all threads. */
function statementsOf({ folder }: ServerProcess): number {
  return readdirSync(folder)
    .filter((file) => file.startsWith('statements.'))
    .reduce((sum, file) => sum + Number(readFileSync(join(folder, file), 'utf8')), 0);
}
