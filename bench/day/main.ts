import { parseArgs } from 'node:util';
import { flagsOf } from '../../scripts/flags.ts';
import { replayDay } from './day.ts';

/** Replays part of a day of a million jobs at 1, 3 and 20 instances and prints what it cost. See docs/several-instances.md. */

const USAGE = `Usage: npx tsx bench/day/main.ts [flags]

  --jobs <number>       jobs of the whole day; default: 1000000
  --from <hour>         where the replay begins; default: 14.9
  --hours <number>      how much of the day is replayed; default: 0.1
  --accounts <number>   AKOOL accounts that the jobs are spread over; default: 15
  --budget <number>     reads a second of each account; default: 20
  --watching <share>    of the customers who watch, from 0 to 1; default: 0.5
  --instances <list>    a replay for each of these; default: 1,3,20
  --help                prints this
`;

const { values } = flagsOf(USAGE, () =>
  parseArgs({
    options: {
      jobs: { type: 'string', default: '1000000' },
      from: { type: 'string', default: '14.9' },
      hours: { type: 'string', default: '0.1' },
      accounts: { type: 'string', default: '15' },
      budget: { type: 'string', default: '20' },
      watching: { type: 'string', default: '0.5' },
      instances: { type: 'string', default: '1,3,20' },
      help: { type: 'boolean' },
    },
  }),
);

/** Pass lines: every job is bought and followed to its end, and the slowest of a hundred is seen within the longest interval and a sweep. */
const MOST_DELAY_P99_MS = 33_000;

let passed = true;
for (const instances of values.instances.split(',').map(Number)) {
  const startedAt = performance.now();
  const minutes = (): string => `${((performance.now() - startedAt) / 60_000).toFixed(1)} min`;
  const result = await replayDay({
    instances,
    jobsPerDay: Number(values.jobs),
    fromHour: Number(values.from),
    hours: Number(values.hours),
    accounts: Number(values.accounts),
    budgetPerSecond: Number(values.budget),
    watching: Number(values.watching),
    onHour: (soFar) =>
      console.error(
        `${instances} at ${soFar.seconds / 3600} h: ${JSON.stringify(soFar)} (${minutes()})`,
      ),
  });
  const { jobs, reads, delays, watcherDelays, seconds, unfinished, notBought } = result;
  const ok = unfinished === 0 && notBought === 0 && percentile(delays, 0.99) < MOST_DELAY_P99_MS;
  passed &&= ok;
  console.log(
    [
      `${instances} instance${instances === 1 ? '' : 's'}`,
      `${jobs} jobs in ${Math.round(seconds)} s`,
      `${(reads / jobs).toFixed(2)} reads a job, ${(reads / seconds).toFixed(0)}/s`,
      `end seen late by ${summary(delays)}`,
      `told to its watcher late by ${summary(watcherDelays)}`,
      `${(result.statements / seconds).toFixed(0)} statements/s (${result.mostStatementsPerSecond.toFixed(0)} in the busiest minute)`,
      `${(result.statements / jobs).toFixed(1)} statements a job`,
      `${(result.notifications / seconds).toFixed(1)} notifications/s`,
      `${result.closeReads} close reads, ${unfinished} unfinished, ${notBought} not bought`,
      `${ok ? 'pass' : 'FAIL'} (${minutes()})`,
    ].join('\n  '),
  );
}
process.exitCode = passed ? 0 : 1;

function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}

function summary(ascending: readonly number[]): string {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) =>
    (percentile(ascending, share) / 1000).toFixed(1),
  );
  return `p50 ${p50} / p90 ${p90} / p99 ${p99} s`;
}
