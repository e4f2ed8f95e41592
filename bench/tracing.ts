import { createServer } from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { flagsOf } from '../scripts/flags.ts';
import { pinSelf } from './harness/pinning.ts';
import { buildPrograms, programOf } from './harness/programs.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { gatewayAt, type Contestant, type World } from './harness/servers.ts';
import { startStandIn } from './harness/stand-in-process.ts';
import { median, medianInterval, ratio } from './harness/statistics.ts';
import { table } from './report/text.ts';
import { questionGroups, type QuestionGroup } from './tracing/questions.ts';
import { buildWithoutSeams } from './tracing/without-seams.ts';

/**
 * What it costs to be able to trace while nothing is exported: CPU of one request at the gateway as it is, over that of the same build
 * without any place where spans come in.
 *
 * Both are started anew for each life, since no two processes of the same code cost the same; within a life they take turns, round by
 * round, and the life's ratio is the median of theirs. Lives go on until the median of their ratios is known to be at most `MOST`, or
 * to be more, for each question: with 95 % certainty. A machine that is too noisy for that is told so.
 *
 * Exits 0: it costs nothing; 1: it costs something; 2: it cannot be told.
 */

/** What a request may take, as a multiple of what it takes without. */
const MOST = 1.02;
/** Rounds at the beginning of a question, in which what it needs is still being compiled. */
const WARM_UP_ROUNDS = 8;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const USAGE = `Usage: npx tsx bench/tracing.ts [flags]

  --exporting            what a request costs that is exported, to a collector beside the load
  --control              the build without any place for spans against itself, which must come out as 1
  --lives <number>       processes of each at least; default: 8
  --most-lives <number>  and at most; default: 60
  --rounds <number>      rounds of each question in a life; default: 24
  --help                 prints this
`;

const { values } = flagsOf(USAGE, () =>
  parseArgs({
    options: {
      lives: { type: 'string', default: '8' },
      'most-lives': { type: 'string', default: '60' },
      rounds: { type: 'string', default: '24' },
      exporting: { type: 'boolean', default: false },
      control: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  }),
);

type Verdict = 'holds' | 'broken' | 'cannot tell';

/** The ratio of each life, by question; and CPU of one unit in the middle of each life, in µs. */
const ratios = new Map<string, number[]>();
const without = new Map<string, number[]>();

await buildPrograms();
const pinning = pinSelf();
const standIn = await startStandIn(programOf('stand-in'), pinning);
const world: World = { pinning, standInUrl: standIn.url };
const collector = createServer((request, response) => {
  request.resume().once('end', () => response.end());
}).listen(0, '127.0.0.1');
await once(collector, 'listening');
const address = collector.address();
const collectorUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;

const plain = buildWithoutSeams(ROOT, `${ROOT}node_modules/.without-tracing`);
const judged = gatewayAt('with', values.control ? plain : `${ROOT}dist/main.js`, world);
const judgedEnv = values.exporting ? { OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl } : {};
const groups = questionGroups(standIn);
const names = groups.flatMap(({ questions }) => questions.map(({ name }) => name));

for (let life = 1; life <= Number(values['most-lives']); life += 1) {
  for (const group of groups) await live(group, life % 2 === 0);
  console.error(`life ${life}: ${names.map((name) => `${name} ${shownRatio(name)}`).join(', ')}`);
  const isOpen = !values.exporting && names.some((name) => verdictOf(name) === 'cannot tell');
  if (life >= Number(values.lives) && !isOpen) break;
}
collector.close();
standIn.stop();

const verdicts = new Set(names.map(verdictOf));
const [verdict, exitCode] = overall();
if (!values.exporting) {
  console.log(`To be able to trace takes at most ${MOST} × the CPU: ${verdict}\n`);
}
console.log(
  table(
    ['CPU, × the build without', 'verdict', 'median', '95 %', 'without, µs', 'lives'],
    names.map((name) => [
      name,
      verdictOf(name),
      medianInterval(ratios.get(name) ?? []).middle.toFixed(3),
      shownBounds(name),
      median(without.get(name) ?? []).toFixed(1),
      String(ratios.get(name)?.length ?? 0),
    ]),
  ),
);
process.exit(values.exporting ? 0 : exitCode);

function overall(): [Verdict, number] {
  if (verdicts.has('broken')) return ['broken', 1];
  return verdicts.has('cannot tell') ? ['cannot tell', 2] : ['holds', 0];
}

/** Both servers, from their start to their end. Who starts second has other luck with memory, so that changes. */
async function live({ env, questions }: QuestionGroup, judgedFirst: boolean): Promise<void> {
  const contestants: [Contestant, Readonly<Record<string, string>>][] = [
    [judged, { ...env, ...judgedEnv }],
    [gatewayAt('without', plain, world), env],
  ];
  const inOrder = judgedFirst ? contestants : contestants.toReversed();
  const servers = new Map<string, ServerProcess>();
  try {
    for (const [contestant, itsEnv] of inOrder) {
      servers.set(contestant.name, await contestant.start({ env: itsEnv }));
    }
    for (const { name, ready, together } of questions) {
      const rounds = { with: [] as number[], without: [] as number[] };
      const sides: [number[], () => Promise<number>][] = [];
      for (const [contestant] of inOrder) {
        const server = servers.get(contestant.name);
        if (server === undefined) continue;
        const isJudged = contestant === judged;
        const figures = isJudged ? rounds.with : rounds.without;
        sides.push([figures, await ready(contestant, server)]);
      }
      for (let round = -WARM_UP_ROUNDS; round < Number(values.rounds); round += 1) {
        const inTurn = round % 2 === 0 ? sides : sides.toReversed();
        const measured = inTurn.map(([figures, measure]) => async (): Promise<void> => {
          const figure = await measure();
          if (round >= 0) figures.push(figure);
        });
        if (together) await Promise.all(measured.map((run) => run()));
        else for (const run of measured) await run();
      }
      add(ratios, name, ratio(rounds.with, rounds.without));
      add(without, name, median(rounds.without) / 1000);
    }
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

function add(figures: Map<string, number[]>, name: string, figure: number): void {
  figures.set(name, [...(figures.get(name) ?? []), figure]);
}

function verdictOf(name: string): Verdict {
  const { low, high } = medianInterval(ratios.get(name) ?? []);
  if (high <= MOST) return 'holds';
  return low > MOST ? 'broken' : 'cannot tell';
}

function shownBounds(name: string): string {
  const { low, high } = medianInterval(ratios.get(name) ?? []);
  return `${low.toFixed(3)} to ${high.toFixed(3)}`;
}

function shownRatio(name: string): string {
  return (ratios.get(name)?.at(-1) ?? Number.NaN).toFixed(3);
}
