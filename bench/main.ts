import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { flagsOf } from '../scripts/flags.ts';
import { pinSelf } from './harness/pinning.ts';
import { buildPrograms, programOf } from './harness/programs.ts';
import { hiveIfInstalled } from './harness/hive.ts';
import { buildRevision } from './harness/revision.ts';
import { BASELINE, GATEWAY, gatewayAt, peer, type World } from './harness/servers.ts';
import { startStandIn } from './harness/stand-in-process.ts';
import { chartOf } from './report/chart.ts';
import { isBroken } from './report/criteria.ts';
import { goalsOf } from './report/goals.ts';
import { createResults, METRICS } from './report/results.ts';
import { goalLines, scenarioTables, wrongLines } from './report/text.ts';
import type { Bench } from './scenarios/context.ts';
import { groups } from './scenarios/groups.ts';
import { FULL, QUICK } from './scenarios/sizes.ts';

/** Measures the gateway beside its peers; see docs/performance.md. */

const USAGE = `Usage: npm run bench -- [--full] [--only <scenario,…>] [--baseline <git revision>]
                     [--json <file>] [--chart <file>] [--floors] [--hive] [--entry <dist/main.js>]
Scenarios: ${groups.flatMap(({ names }) => names).join(', ')}
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values: options, scenarios } = flagsOf(USAGE, () => {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      only: { type: 'string' },
      baseline: { type: 'string' },
      json: { type: 'string' },
      chart: { type: 'string' },
      floors: { type: 'boolean', default: false },
      hive: { type: 'boolean', default: false },
      entry: { type: 'string', default: `${ROOT}dist/main.js` },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const all = groups.flatMap(({ names }) => names);
  const named = values.only?.split(',') ?? all;
  const unknown = named.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}.`);
  return { values, scenarios: new Set(named) };
});
const startedAt = performance.now();
const notes: string[] = [];
const results = createResults();

// Each server that runs hears of the end of this process.
process.setMaxListeners(0);
await buildPrograms();
const baselineEntry = options.baseline === undefined ? null : buildRevision(options.baseline);
const pinning = pinSelf();
const standIn = await startStandIn(programOf('stand-in'), pinning);
const world: World = { pinning, standInUrl: standIn.url };
const say = (line: string): void => {
  console.error(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};
const bench: Bench = {
  standIn,
  results,
  sizes: options.full ? FULL : QUICK,
  gateways: [
    gatewayAt(GATEWAY, options.entry, world),
    ...(baselineEntry === null ? [] : [gatewayAt(BASELINE, baselineEntry, world)]),
  ],
  hive: hiveIfInstalled(options.hive, world),
  peer: (name) => peer(name, world),
  say,
  note: (text) => notes.push(text),
};
for (const group of groups) {
  const wanted = new Set(group.names.filter((name) => scenarios.has(name)));
  if (wanted.size > 0) await group.run(bench, wanted);
}
standIn.stop();

const revision = spawnSync('git', ['describe', '--always', '--dirty'], {
  cwd: ROOT,
  encoding: 'utf8',
}).stdout.trim();
const caption = [
  `gateway ${revision}`,
  options.baseline === undefined ? 'no baseline' : `baseline ${options.baseline}`,
  `Node ${process.versions.node}`,
  options.full ? 'full sizes' : 'quick sizes',
  pinning.words,
].join(' · ');
const goals = goalsOf(results, { isFull: options.full });
const wrong = wrongLines(results);
console.log(`${caption}\n\n${goalLines(goals)}\n\n${scenarioTables(results)}`);
if (bench.hive === null) notes.push('hive: skipped, not installed; --hive installs it');
if (!options.full) {
  notes.push(
    `quick sizes: ${QUICK.subscribers} subscribers, ${QUICK.watchedTasks} watched tasks, ${QUICK.documents} documents, ${QUICK.jobs} jobs; memory of so few subscribers is rough`,
  );
}
for (const line of [...notes.map((note) => `note: ${note}`), ...wrong]) console.log(`\n${line}`);
console.log(`\n${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`);

if (options.json !== undefined) {
  const { measurements } = results;
  const report = { caption, notes, sizes: bench.sizes, metrics: METRICS, goals, measurements };
  writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
if (options.chart !== undefined) writeFileSync(options.chart, chartOf(results, caption));
const isFailed = wrong.length > 0 || (options.floors && isBroken(goals));
process.exit(isFailed ? 1 : 0);
