import { writeFileSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';

/**
 * Loaded before a gateway with `node --import`: measures how much later than asked for the event loop comes by. On SIGUSR2 it writes
 * what it saw since the last one to $LOOP_DELAY_FILE, in ms, and begins anew.
 */

const SAMPLE_MS = 10;

const histogram = createHistogram();
let expected = performance.now() + SAMPLE_MS;
setInterval(() => {
  const now = performance.now();
  histogram.record(Math.max(1, Math.round((now - expected) * 1000)));
  expected = now + SAMPLE_MS;
}, SAMPLE_MS).unref();

let reports = 0;
process.on('SIGUSR2', () => {
  reports += 1;
  const [p50, p99] = [50, 99].map((share) => histogram.percentile(share) / 1000);
  const report = { number: reports, p50, p99, most: histogram.max / 1000 };
  histogram.reset();
  writeFileSync(process.env.LOOP_DELAY_FILE, JSON.stringify(report));
});
