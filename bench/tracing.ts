import { createServer } from 'node:http';
import { once } from 'node:events';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeTasks, waitForStatus } from './harness/graphql.ts';
import { load, type LoadRequest } from './harness/http-load.ts';
import { pinSelf } from './harness/pinning.ts';
import { buildPrograms, programOf } from './harness/programs.ts';
import { buildRevision } from './harness/revision.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { gatewayAt, type World } from './harness/servers.ts';
import { startStandIn, type StandIn } from './harness/stand-in-process.ts';
import { median, ratio } from './harness/statistics.ts';
import { table } from './report/text.ts';
import { aliasesQuestion, taskQuestion, TYPENAME } from './scenarios/questions.ts';

/**
 * What traces cost: CPU of one request, in turn at four servers, which are started anew a few times, since no two processes of the
 * same code cost the same.
 *
 *     npm run build && npx tsx bench/tracing.ts [--without <git revision>] [--with <git revision>]
 *
 * `without`: before the gateway could trace anything. `again`: the same once more, which tells what the figures are worth. `with`: as
 * it is, and nothing traced. `exporting`: every request is, to a collector beside the load. Exits 1 when being able to trace costs
 * more than `MOST`.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values } = parseArgs({
  options: {
    without: { type: 'string' },
    with: { type: 'string' },
    lives: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '0.1' },
  },
});

/** More than this is beyond what one run differs from the next. */
const MOST = 1.03;
const CONNECTIONS = 32;
const WARM_UP_REQUESTS = 4_000;
const TASKS = 10;
const QUESTIONS = ['typename', 'finished-task', 'aliases-finished'];

interface Runner {
  readonly name: string;
  readonly server: ServerProcess;
  readonly questions: ReadonlyMap<string, LoadRequest>;
}

await buildPrograms();
const pinning = pinSelf();
const standIn = await startStandIn(programOf('stand-in'), pinning);
const collector = createServer((request, response) => {
  request.resume().once('end', () => response.end());
});
collector.listen(0, '127.0.0.1');
await once(collector, 'listening');
const address = collector.address();
const collectorUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;

const present = values.with === undefined ? `${ROOT}dist/main.js` : buildRevision(values.with);
const before = buildRevision(values.without ?? beforeTraces());
const entries = [
  { name: 'without', entry: before, env: {} },
  { name: 'again', entry: before, env: {} },
  { name: 'with', entry: present, env: {} },
  { name: 'exporting', entry: present, env: { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl } },
];
/** CPU of one request in each round, in µs, by server and question. */
const figures = new Map<string, number[]>();

for (let life = 1; life <= Number(values.lives); life += 1) {
  console.error(`life ${life} of ${values.lives}`);
  const runners: Runner[] = [];
  try {
    for (const { name, entry, env } of entries) {
      runners.push(await start(name, entry, env, standIn));
    }
    await measure(runners);
  } finally {
    await Promise.all(runners.map(({ server }) => server.stop()));
  }
}
collector.close();
standIn.stop();

const of = (name: string, question: string): number[] => figures.get(`${name} ${question}`) ?? [];
const ratioOf = (name: string, question: string): number =>
  ratio(of(name, question), of('without', question));
/** Over all questions; what one process happens to compile better than another is worth more than what is measured. */
const overall = (name: string): number =>
  QUESTIONS.reduce((product, question) => product * ratioOf(name, question), 1) **
  (1 / QUESTIONS.length);
console.log(
  table(
    ['CPU of one request, µs', ...entries.map(({ name }) => name)],
    [
      ...QUESTIONS.flatMap((question) => [
        [question, ...entries.map(({ name }) => median(of(name, question)).toFixed(1))],
        ['', ...entries.map(({ name }) => ratioOf(name, question).toFixed(3))],
      ]),
      ['all, as a ratio', ...entries.map(({ name }) => overall(name).toFixed(3))],
    ],
  ),
);
process.exit(overall('with') <= MOST ? 0 : 1);

/** The revision before the one that brought spans. */
function beforeTraces(): string {
  const args = [
    'log',
    '--diff-filter=A',
    '--format=%H',
    '-1',
    '--',
    'src/runtime/tracing/tracer.ts',
  ];
  const { stdout } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return `${stdout.trim()}^`;
}

async function start(
  name: string,
  entry: string,
  env: Record<string, string>,
  upstream: StandIn,
): Promise<Runner> {
  const world: World = { pinning, standInUrl: upstream.url };
  const server = await gatewayAt(name, entry, world).start({ env });
  const ids = await makeTasks(server.port, TASKS);
  await upstream.tell({ kind: 'set', ids, status: 3 });
  await waitForStatus(server.port, ids, 'COMPLETED');
  const questions = new Map([
    ['typename', TYPENAME],
    ['finished-task', taskQuestion(ids[0] ?? '', true)],
    ['aliases-finished', aliasesQuestion(ids, true)],
  ]);
  return { name, server, questions };
}

async function measure(runners: readonly Runner[]): Promise<void> {
  for (const question of QUESTIONS) {
    for (const runner of runners) await ask(runner, question, { requests: WARM_UP_REQUESTS });
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const first = round % runners.length;
      for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
        const key = `${runner.name} ${question}`;
        const figure = await ask(runner, question, { seconds: Number(values.seconds) });
        figures.set(key, [...(figures.get(key) ?? []), figure]);
      }
    }
  }
}

/** CPU of one request, in µs. */
async function ask(
  { name, server, questions }: Runner,
  question: string,
  length: { requests?: number; seconds?: number },
): Promise<number> {
  const asked = questions.get(question) ?? TYPENAME;
  const used = server.cpuNs();
  const options = { port: server.port, connections: CONNECTIONS, request: () => asked };
  const done = await load({ ...options, ...length });
  if (done.wrong > 0) throw new Error(`${name} answered wrongly: ${done.firstWrong}`);
  return (server.cpuNs() - used) / 1000 / done.requests;
}
