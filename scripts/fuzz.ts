import { parseArgs } from 'node:util';
import { httpBodies } from '../test/fuzz/http-bodies.ts';
import { purchaseHistories } from '../test/fuzz/purchase-histories.ts';
import { webSocketFrames } from '../test/fuzz/web-socket-frames.ts';
import { webhookBodies } from '../test/fuzz/webhook-bodies.ts';
import type { FuzzTarget } from '../test/fuzz/fuzz-target.ts';

/*
 * npm run fuzz -- --runs 1000000 [--seed 7] [--only http]
 *
 * Fuzzes each target with so many inputs, one after another. Exits 1 with the smallest input found that breaks a promise;
 * the same seed and number of runs find it again.
 */

const TARGETS: readonly FuzzTarget[] = [
  httpBodies,
  webSocketFrames,
  webhookBodies,
  purchaseHistories,
];

const USAGE = `Usage: npm run fuzz -- [--runs 10000] [--seed 7] [--only ${TARGETS.map(({ name }) => name).join('|')}]`;

const options = readOptions();
if (options === null) {
  console.error(USAGE);
  process.exit(2);
}
if (options === 'help') {
  console.log(USAGE);
  process.exit(0);
}
const { runs, seed, chosen } = options;

process.on('unhandledRejection', (reason) => {
  console.error('A rejection that nobody handled:', reason);
  process.exit(1);
});

for (const target of chosen) {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`${target.name}: ${runs} inputs, seed ${seed}`);
  await target.run({
    runs,
    seed,
    onProgress: (done) => console.log(`${target.name}: ${done} done in ${seconds()} s`),
  });
  console.log(`${target.name}: nothing found in ${runs} inputs, ${seconds()} s`);
}

/** What the command line asks for; null: something that there is not. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        runs: { type: 'string', default: '10000' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        only: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) return 'help';
    const runs = Number(values.runs);
    const seed = Number(values.seed);
    const chosen = TARGETS.filter(({ name }) => name === (values.only ?? name));
    const isRight = Number.isSafeInteger(runs) && runs > 0 && Number.isSafeInteger(seed);
    return isRight && chosen.length > 0 ? { runs, seed, chosen } : null;
  } catch {
    return null;
  }
}
