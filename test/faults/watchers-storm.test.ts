import { expect, it } from 'vitest';
import { runStorm } from '../endurance/storm.ts';

/** A small one of what `npx tsx scripts/endurance.ts storm` does with 10,000. */
it('250 watchers whose gateway was killed come back at once, cost the reads of one, and are told the end once', async () => {
  const { ends, completed, reads, intervals } = await runStorm(250);
  expect(completed).toBe(250);
  expect(ends.filter((times) => times !== 1)).toEqual([]);
  expect(reads).toBeLessThanOrEqual(intervals + 1);
});
