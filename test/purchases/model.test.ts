import { expect, it } from 'vitest';
import { purchaseHistories } from '../fuzz/purchase-histories.ts';

/** A short run of what `npm run fuzz -- --only purchases` does for as long as one likes, with the same histories each time. */
it('nothing is bought twice, forgotten, or taken back, whatever happens when', async () => {
  await expect(purchaseHistories.run({ runs: 75, seed: 4711 })).resolves.toBeUndefined();
});
