import { expect, it } from 'vitest';
import { webhookBodies } from '../fuzz/webhook-bodies.ts';

/** A short run of what `npm run fuzz -- --only webhooks` does for as long as one likes, with the same inputs each time. */
it('2,000 webhooks of every kind are taken or refused in the one way there is, and none is believed', async () => {
  await expect(webhookBodies.run({ runs: 2_000, seed: 4711 })).resolves.toBeUndefined();
});
