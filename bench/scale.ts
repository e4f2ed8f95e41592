import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { flagsOf } from '../scripts/flags.ts';
import { pinSelf } from './harness/pinning.ts';
import { buildPrograms, programOf } from './harness/programs.ts';
import { freePort, type ServerProcess } from './harness/server-process.ts';
import { gatewayAt } from './harness/servers.ts';
import { startStandIn, type StandIn } from './harness/stand-in-process.ts';
import { table } from './report/text.ts';
import { makeManyTasks } from './scale/many-jobs.ts';
import { startWatchers, type ReturningWatchers } from './scale/returning-watchers.ts';

/**
 * How much one process carries: live jobs in its store, and watchers that all come back after a drain. It measures the compiled gateway.
 *
 * Pass lines first in the output. Exits 1 when one is broken.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROBE = fileURLToPath(new URL('probe/loop-delay.mjs', import.meta.url));

const USAGE = `Usage: npx tsx bench/scale.ts [flags]

  --jobs <number>      live jobs in the store; default: 100000
  --watchers <number>  who all come back after a drain; default: 20000
  --budget <number>    reads a second that the gateway may start; default: 500
  --seconds <number>   how long those reads are looked at; default: 30
  --entry <file>       the compiled gateway; default: this checkout's dist/main.js
  --help               prints this
`;

const { values } = flagsOf(USAGE, () =>
  parseArgs({
    options: {
      jobs: { type: 'string', default: '100000' },
      watchers: { type: 'string', default: '20000' },
      budget: { type: 'string', default: '500' },
      seconds: { type: 'string', default: '30' },
      entry: { type: 'string', default: `${ROOT}dist/main.js` },
      help: { type: 'boolean' },
    },
  }),
);
const [jobCount, watcherCount] = [Number(values.jobs), Number(values.watchers)];

const PASS = {
  readyMs: 2_000,
  unusedPercent: 5,
  loopDelayP99Ms: 20,
  scrapeMs: 5,
  servedMs: 10_000,
};
const WATCHERS_PER_TASK = 10;
/** Of the files that a process may have open, so many are left for everything but sockets. */
const FILES_LEFT = 1_000;
const LOOK_MS = 20;
/** Between two scrapes, so that each finds other figures. */
const SCRAPE_EACH_MS = 1_000;
const PATIENCE_MS = 120_000;

interface LoopDelay {
  readonly number: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

interface Outcome {
  readonly what: string;
  readonly line: number;
  readonly measured: number;
}

await buildPrograms();
const pinning = pinSelf();
const standIn = await startStandIn(programOf('stand-in'), pinning);
const folder = mkdtempSync(join(tmpdir(), 'gateway-scale-'));
const port = await freePort();
const metricsPort = await freePort();
const gateway = gatewayAt('gateway', values.entry, { pinning, standInUrl: standIn.url });
const start = (): Promise<ServerProcess> =>
  gateway.start({
    folder,
    port,
    nodeArgs: ['--import', PROBE],
    env: {
      POLL_BUDGET_PER_SECOND: values.budget,
      LOOP_DELAY_FILE: 'loop-delay.json',
      METRICS_PORT: String(metricsPort),
    },
  });
const startedAt = performance.now();
const say = (line: string): void => {
  console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};

const outcomes = await run(standIn).finally(() => {
  standIn.stop();
  rmSync(folder, { recursive: true, force: true });
});
const isPassed = outcomes.every(({ line, measured }) => measured <= line);
console.log(
  table(
    ['', 'at most', 'measured', ''],
    outcomes.map(({ what, line, measured }) => [
      what,
      String(line),
      measured.toFixed(measured < 100 ? 1 : 0),
      measured <= line ? 'pass' : 'FAIL',
    ]),
  ),
);
process.exit(isPassed ? 0 : 1);

async function run(standIn: StandIn): Promise<Outcome[]> {
  let server = await start();
  say(`buying ${jobCount} tasks`);
  const ids = await makeManyTasks(port, jobCount, (made) => say(`${made} bought`));
  const outcomes: Outcome[] = [];
  const add = (what: string, line: number, measured: number): void => {
    outcomes.push({ what, line, measured });
    say(`${what}: ${measured.toFixed(1)}`);
  };

  await server.stop();
  const restartedAt = performance.now();
  server = await start();
  add('start to ready, ms', PASS.readyMs, performance.now() - restartedAt);

  await loopDelayOf(server);
  const [before, beganAt] = [await readsOf(standIn), performance.now()];
  const scrapes: number[] = [];
  while (performance.now() - beganAt < Number(values.seconds) * 1000) {
    await pause(SCRAPE_EACH_MS);
    scrapes.push(await scrapeMs());
  }
  const seconds = (performance.now() - beganAt) / 1000;
  const perSecond = ((await readsOf(standIn)) - before) / seconds;
  say(`${perSecond.toFixed(0)} reads a second`);
  add('read budget not used, %', PASS.unusedPercent, 100 * (1 - perSecond / Number(values.budget)));
  add('event loop delay p99, ms', PASS.loopDelayP99Ms, (await loopDelayOf(server)).p99);
  scrapes.sort((a, b) => a - b);
  say(`scrapes, ms: ${scrapes.map((ms) => ms.toFixed(1)).join(' ')}`);
  add('scrape of /metrics, median ms', PASS.scrapeMs, scrapes[Math.floor(scrapes.length / 2)] ?? 0);

  const watched = ids.slice(0, Math.ceil(watcherCount / WATCHERS_PER_TASK));
  const watchers = startWatchers(port, listsOf(watched));
  await servedBy(watchers);
  say(`${watcherCount} watchers are served; draining`);
  watchers.forgetReasons();
  await server.stop();
  say(`drained; coming back: ${JSON.stringify(watchers.reasons())}`);
  watchers.forgetReasons();
  server = await start();
  const backAt = performance.now();
  await servedBy(watchers);
  add('ready to all watchers served again, ms', PASS.servedMs, performance.now() - backAt);
  const reasons = watchers.reasons();
  const refusals = Object.entries(reasons).filter(([reason]) => !reason.includes('ECONNREFUSED'));
  say(`refused: ${JSON.stringify(reasons)}`);
  add(
    'refused by the gateway',
    0,
    refusals.reduce((sum, [, times]) => sum + times, 0),
  );

  await standIn.tell({ kind: 'set', ids: watched, status: 3 });
  const deadline = Date.now() + PATIENCE_MS;
  while (watchers.ended().once < watcherCount && Date.now() < deadline) await pause(LOOK_MS);
  const { once, twice } = watchers.ended();
  add('watchers not told the end exactly once', 0, watcherCount - once);
  say(`${twice} were told twice; event loop: ${JSON.stringify(await loopDelayOf(server))}`);
  watchers.close();
  await server.stop();
  return outcomes;
}

async function readsOf(standIn: StandIn): Promise<number> {
  return (await standIn.tell({ kind: 'counts', key: gateway.apiKey })).reads;
}

async function scrapeMs(): Promise<number> {
  const askedAt = performance.now();
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  await response.text();
  return performance.now() - askedAt;
}

async function servedBy(watchers: ReturningWatchers): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (watchers.served() < watcherCount) {
    if (Date.now() > deadline) throw new Error(`Only ${watchers.served()} are served.`);
    await pause(LOOK_MS);
  }
}

/** One socket for each watcher, or as many on one as it takes where a process may not open so many files. */
function listsOf(tasks: readonly string[]): string[][] {
  const told = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  const most = Number(told?.[1] ?? 1024) - FILES_LEFT;
  const perSocket = Math.ceil(watcherCount / most);
  const sockets = Math.ceil(watcherCount / perSocket);
  say(`${sockets} sockets, ${perSocket} watchers on each`);
  return Array.from({ length: sockets }, (_, socket) =>
    Array.from(
      { length: Math.min(perSocket, watcherCount - socket * perSocket) },
      (_, place) => tasks[(socket * perSocket + place) % tasks.length] ?? '',
    ),
  );
}

/** What the event loop was like since this was last asked. */
async function loopDelayOf({ pid }: ServerProcess): Promise<LoopDelay> {
  const file = join(folder, 'loop-delay.json');
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await pause(LOOK_MS);
  await pause(LOOK_MS);
  return JSON.parse(readFileSync(file, 'utf8')) as LoopDelay;
}
