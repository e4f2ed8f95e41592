import { parseArgs } from 'node:util';
import { runStandstill } from '../test/endurance/standstill.ts';
import { runStorm } from '../test/endurance/storm.ts';

/*
 * npm run build && npx tsx scripts/endurance.ts storm [--watchers 10000]
 * npm run build && npx tsx scripts/endurance.ts standstill [--seconds 30]
 *
 * What the tests do in small, at its full size, against a gateway process on loopback. Prints what was seen; exits 1 when a
 * watcher was not told the end exactly once, or something was bought twice.
 */

const { values, positionals } = parseArgs({
  options: {
    watchers: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '30' },
  },
  allowPositionals: true,
});

const wholeStorm = async (): Promise<boolean> => {
  const { ends, ...report } = await runStorm(Number(values.watchers));
  console.log(report);
  return ends.every((times) => times === 1);
};

const wholeStandstill = async (): Promise<boolean> => {
  const { ends, output: _, ...report } = await runStandstill(Number(values.seconds) * 1_000);
  console.log(report);
  const isBoughtOnce = report.creates === 1 && report.afterwards.id === report.created;
  return isBoughtOnce && ends.every(({ times, isDone }) => times === 1 && isDone);
};

const run = { storm: wholeStorm, standstill: wholeStandstill }[positionals[0] ?? ''];
if (run === undefined) {
  console.error('Usage: tsx scripts/endurance.ts <storm|standstill>');
  process.exit(2);
}
const isRight = await run();
console.log(isRight ? 'As promised.' : 'NOT as promised.');
process.exit(isRight ? 0 : 1);
