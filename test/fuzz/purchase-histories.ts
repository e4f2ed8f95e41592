import * as fc from 'fast-check';
import { away } from '../support/purchases/failpoint-store.ts';
import { PurchaseModel } from '../support/purchases/purchase-model.ts';
import { KEYS, type Answer, type Step } from '../support/purchases/purchase-steps.ts';
import { createWorld } from '../support/purchases/purchase-world.ts';
import type { FuzzTarget } from './fuzz-target.ts';

const key = fc.constantFrom(...KEYS);
const create = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('buy' as const),
      key,
      input: fc.constantFrom<'P720' | 'P480'>('P720', 'P720', 'P720', 'P480'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ask' as const), key }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      create,
      how: fc.constantFrom<Answer>(
        'accepted',
        'lost after it was made',
        'lost',
        'billing',
        'rejected',
        'unavailable',
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      create,
      status: fc.constantFrom('PROCESSING' as const, 'COMPLETED' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ring' as const),
      create,
      status: fc.constantFrom(2 as const, 3 as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const), webhook: fc.nat(9) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lie' as const),
      create,
      id: fc.constantFrom('foreign', 'nobody'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 1000, 11_000, 40_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('store' as const), isAway: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'take for dead' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('abandon' as const), key }) },
  { weight: 2, arbitrary: fc.constant({ do: 'crash' as const }) },
);

/** What it takes for a key to have two creates under way; random steps alone would seldom come to it. */
const reuse: fc.Arbitrary<Step[]> = key.map((of) => {
  const buy = { do: 'buy', key: of, input: 'P720' } as const;
  return [buy, { do: 'take for dead' }, { do: 'abandon', key: of }, buy];
});
const steps = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: step.map((only) => [only]) },
      { weight: 1, arbitrary: reuse },
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.flat());

/** Histories that once showed what the gateway or its model had wrong; tried first. */
const FOUND: readonly Step[][] = [
  // Of a key whose abandoned create was made, the newer create's outcome stays unknown.
  [
    { do: 'buy', key: 'b', input: 'P720' },
    { do: 'take for dead' },
    { do: 'abandon', key: 'b' },
    { do: 'move', create: 0, status: 'PROCESSING' },
    { do: 'crash' },
    { do: 'buy', key: 'b', input: 'P720' },
  ],
  // The truth of the first create comes while a newer one has the key, which is abandoned, too.
  [
    { do: 'buy', key: 'b', input: 'P720' },
    { do: 'take for dead' },
    { do: 'abandon', key: 'b' },
    { do: 'wait', milliseconds: 11_000 },
    { do: 'buy', key: 'b', input: 'P720' },
    { do: 'ring', create: 0, status: 2 },
    { do: 'take for dead' },
    { do: 'abandon', key: 'b' },
  ],
];

/**
 * Random interleavings of requests, answers, webhooks, polls, replays, lies, a store that goes away, crashes, others that take
 * the gateway for dead, and operators that abandon what is still on its way, against what must hold in each of them:
 * - a key is sent again only when every create before was refused or abandoned, so nothing is bought twice;
 * - a key that was answered with a task is answered with that task for ever, and another input with a conflict;
 * - no state of a task is ever taken back, and its end is told once;
 * - in the end every key whose create AKOOL accepted is answered with that very task, in its final state;
 * - in the end every task that was bought is listed, those of abandoned creates, too, and each key has but its own.
 */
export const purchaseHistories: FuzzTarget = {
  name: 'purchases',
  async run({ runs, seed, onProgress }) {
    let done = 0;
    const property = fc.asyncProperty(steps, async (story) => {
      await play(story);
      done += 1;
      if (done % 1_000 === 0) onProgress?.(done);
    });
    await fc.assert(property, { numRuns: runs, seed, examples: FOUND.map((story) => [story]) });
  },
};

async function play(story: readonly Step[]): Promise<void> {
  const world = await createWorld();
  let takeBack: (() => void) | null = null;
  const model = new PurchaseModel(world, (isAway) => {
    takeBack?.();
    takeBack = isAway ? world.failpoints.before('any', away) : null;
  });
  try {
    for (const each of story) await model.run(each);
    await model.end();
  } finally {
    await world.end();
  }
}
