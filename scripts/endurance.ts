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

let isRight: boolean;
switch (positionals[0]) {
  case 'storm': {
    const { ends, ...report } = await runStorm(Number(values.watchers));
    console.log(report);
    isRight = ends.every((times) => times === 1);
    break;
  }
  case 'standstill': {
    const { watchers, output: _, ...report } = await runStandstill(Number(values.seconds) * 1_000);
    const ends = watchers.map(
      ({ states }) => states.filter(({ status }) => status === 'COMPLETED').length,
    );
    console.log({ ...report, closed: watchers.filter((one) => one.closeCode() !== null).length });
    isRight =
      ends.every((times) => times === 1) &&
      report.creates === 1 &&
      report.afterwards.id === report.created;
    break;
  }
  default:
    console.error('Usage: tsx scripts/endurance.ts <storm|standstill>');
    process.exit(2);
}
console.log(isRight ? 'As promised.' : 'NOT as promised.');
process.exit(isRight ? 0 : 1);
