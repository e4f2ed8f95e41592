import { parseArgs } from 'node:util';
import { replayDay } from './day.ts';

/** Replays part of a day of a million jobs at 1, 3 and 20 instances and prints what it cost. See docs/several-instances.md. */

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '14.9' },
    hours: { type: 'string', default: '0.1' },
    accounts: { type: 'string', default: '10' },
    budget: { type: 'string', default: '20' },
    instances: { type: 'string', default: '1,3,20' },
  },
});

/** Pass lines: every job is followed to its end; the slowest of a hundred is seen late by less than the longest interval. */
const MOST_DELAY_P99_MS = 33_000;

let passed = true;
for (const instances of values.instances.split(',').map(Number)) {
  const startedAt = performance.now();
  const result = await replayDay({
    instances,
    jobsPerDay: Number(values.jobs),
    fromHour: Number(values.from),
    hours: Number(values.hours),
    accounts: Number(values.accounts),
    budgetPerSecond: Number(values.budget),
  });
  const { jobs, reads, delays, statements, seconds, unfinished, closeReads } = result;
  const percentile = (share: number): number =>
    delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  const ok = unfinished === 0 && percentile(0.99) < MOST_DELAY_P99_MS;
  passed &&= ok;
  console.log(
    [
      `${String(instances).padStart(2)} instance${instances === 1 ? ' ' : 's'}`,
      `${jobs} jobs in ${Math.round(seconds)} s`,
      `${(reads / jobs).toFixed(2)} reads a job (${(reads / seconds).toFixed(0)}/s)`,
      `delay ms p50 ${percentile(0.5)} p90 ${percentile(0.9)} p99 ${percentile(0.99)}`,
      `${(statements / seconds).toFixed(0)} statements/s`,
      `${closeReads} close reads, ${unfinished} unfinished`,
      `${ok ? 'pass' : 'FAIL'} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`,
    ].join(' · '),
  );
}
process.exitCode = passed ? 0 : 1;
