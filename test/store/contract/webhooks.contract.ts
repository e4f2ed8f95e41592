import { expect, it } from 'vitest';
import type { NewWebhook, OpenWebhook } from '../../../src/store/webhook-store.ts';
import { freshTeam, order, type StoreHarness } from './store-harness.ts';

/** recordWebhook, readOpenWebhooks, readEarlierWebhooks and closeWebhooks. */
export function describeWebhooks(harness: () => StoreHarness): void {
  const webhook = (team: string, digest: string): NewWebhook => ({
    digest: `${team}-${digest}`,
    purchase: { team, mutation: 'createHeadSwapTask', key: 'k', attempt: order(team, 'k').attempt },
    jobId: `job-${digest}`,
  });
  const opened = async (team: string): Promise<OpenWebhook[]> =>
    (await harness().store.readOpenWebhooks()).filter((each) => each.purchase.team === team);
  const open = async (team: string): Promise<NewWebhook[]> =>
    (await opened(team)).map(({ digest, purchase, jobId }) => ({ digest, purchase, jobId }));

  it('records a webhook once, however often and at once it comes', async () => {
    const { store } = harness();
    const team = freshTeam();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => store.recordWebhook(webhook(team, 'a'))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await open(team)).toEqual([webhook(team, 'a')]);
    await store.closeWebhooks([webhook(team, 'a').digest]);
    expect(await store.recordWebhook(webhook(team, 'a'))).toBe(false);
    expect(await open(team)).toEqual([]);
  });

  it('tells what is still to be followed up, oldest first', async () => {
    const { store, now, pass } = harness();
    const team = freshTeam();
    const before = now();
    for (const digest of ['c', 'a', 'b']) {
      await store.recordWebhook(webhook(team, digest));
      await pass(2);
    }
    const receivedAt = (await opened(team)).map((each) => each.receivedAt);
    expect(receivedAt).toEqual(receivedAt.toSorted((one, other) => one - other));
    expect(receivedAt[0]).toBeGreaterThanOrEqual(before);
    expect(receivedAt[2]).toBeLessThan(now());
    await store.closeWebhooks([webhook(team, 'a').digest, 'unknown']);
    expect(await open(team)).toEqual([webhook(team, 'c'), webhook(team, 'b')]);
  });

  it('knows of no ring elsewhere where one store has them all', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    for (const digest of ['a', 'b']) {
      await store.recordWebhook({ ...webhook(team, digest), jobId: 'job' });
      await pass(2);
    }
    const digests = [webhook(team, 'b').digest, 'unknown'];
    expect(await store.readEarlierWebhooks(digests)).toEqual(new Map());
  });

  it('forgets webhooks with the purchase they came for', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    await store.reservePurchase(order(team, 'k', { keepMs: 1_000 }));
    await store.recordWebhook(webhook(team, 'a'));
    await store.expirePurchases();
    expect(await open(team)).toHaveLength(1);
    await pass(1_100);
    await store.expirePurchases();
    expect(await open(team)).toEqual([]);
    expect(await store.recordWebhook(webhook(team, 'a'))).toBe(true);
  });
}
