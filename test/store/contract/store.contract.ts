import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAccounts } from './accounts.contract.ts';
import { describeAttempts } from './attempts.contract.ts';
import { describeCounts } from './counts.contract.ts';
import { describeCopies } from './copies.contract.ts';
import { describeUploads } from './uploads.contract.ts';
import { describeWebhooks } from './webhooks.contract.ts';
import type { StoreEngine, StoreHarness } from './store-harness.ts';
import { describeJobLists } from './job-lists.contract.ts';
import { describeJobWrites } from './job-writes.contract.ts';
import { describePurchases } from './purchases.contract.ts';
import { describeSchedule } from './schedule.contract.ts';

/** What every engine of the store must keep. All groups share one database, each test has its own team. */
export function describeStoreContract(engine: StoreEngine): void {
  describe(`store contract: ${engine.name}`, () => {
    let opened: StoreHarness | undefined;
    beforeAll(async () => {
      opened = await engine.open();
    });
    afterAll(() => opened?.store.close());
    const harness = (): StoreHarness => {
      if (opened === undefined) throw new Error('The store is not open.');
      return opened;
    };

    describe('writing and reading jobs', () => {
      describeJobWrites(harness);
    });
    describe('lists and changes', () => {
      describeJobLists(harness);
    });
    describe('when to look next', () => {
      describeSchedule(harness);
    });
    describe('purchases', () => {
      describePurchases(harness);
    });
    describe('attempts', () => {
      describeAttempts(harness);
    });
    describe('webhooks', () => {
      describeWebhooks(harness);
    });
    describe('AKOOL accounts', () => {
      describeAccounts(harness);
    });

    describe('counts for operators', () => {
      describeCounts(harness);
    });
    describe('copies of files', () => {
      describeCopies(harness);
    });

    describe('uploads', () => {
      describeUploads(harness);
    });

    it('says who it is and that it works', async () => {
      const { store } = harness();
      expect(store.id).toMatch(/^[0-9a-f-]{36}$/);
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
}
