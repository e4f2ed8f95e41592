import { expect, it } from 'vitest';
import type { ReadGrant } from '../../../src/store/account-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { freshTeam, type StoreHarness } from './store-harness.ts';

const BREAK_AT = 3;

/** Takes reads of one account. */
async function take(store: Store, account: string, wanted: number): Promise<ReadGrant> {
  const [grant] = await store.takeReads([{ account, wanted }], BREAK_AT);
  if (grant === undefined) throw new Error('No grant.');
  return grant;
}

/** openAccount, takeReads, countFailedRead, clearFailedReads and shutAccount. */
export function describeAccounts(harness: () => StoreHarness): void {
  it('gives out so many reads in any second, however many ask at once', async () => {
    const { store, pass } = harness();
    const account = freshTeam();
    await store.openAccount(account, 10);
    const grants = await Promise.all(Array.from({ length: 12 }, () => take(store, account, 2)));
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBeLessThanOrEqual(10);
    // Whoever asks at the same moment as others may be told to come again soon.
    const late = await take(store, account, 10);
    const given = grants.reduce((sum, { granted }) => sum + granted, late.granted);
    expect(given).toBe(10);
    expect(late).toMatchObject({ isShut: false, failures: 0 });
    const none = await take(store, account, 1);
    expect(none.granted).toBe(0);
    expect(none.retryInMs).toBeGreaterThan(0);
    expect(none.retryInMs).toBeLessThanOrEqual(1000);
    await pass(1000);
    expect(await take(store, account, 3)).toMatchObject({ granted: 3, retryInMs: 0 });
  });

  it('gives out reads of many accounts at once, each by its own rules', async () => {
    const { store } = harness();
    const [idle, used, shut, broken] = [freshTeam(), freshTeam(), freshTeam(), freshTeam()];
    for (const account of [idle, used, shut, broken]) await store.openAccount(account, 5);
    await take(store, used, 4);
    await store.shutAccount(shut, 60_000);
    for (let count = 0; count < BREAK_AT; count += 1) await store.countFailedRead(broken);
    const requests = [broken, shut, used, idle].map((account) => ({ account, wanted: 2 }));
    expect(await store.takeReads(requests, BREAK_AT)).toMatchObject([
      { granted: 1, isShut: true, failures: BREAK_AT },
      { granted: 0, isShut: true, failures: 0 },
      { granted: 1, isShut: false, failures: 0 },
      { granted: 2, isShut: false, failures: 0, retryInMs: 0 },
    ]);
    expect(await store.takeReads([], BREAK_AT)).toEqual([]);
  });

  it('follows the budget when it changes', async () => {
    const { store } = harness();
    const account = freshTeam();
    await store.openAccount(account, 5);
    await store.openAccount(account, 2);
    expect((await take(store, account, 9)).granted).toBe(2);
    await store.openAccount(account, 4);
    expect((await take(store, account, 9)).granted).toBe(2);
  });

  it('gives nobody anything while the account is shut', async () => {
    const { store, pass } = harness();
    const [account, other] = [freshTeam(), freshTeam()];
    await store.openAccount(account, 5);
    await store.openAccount(other, 5);
    await store.shutAccount(account, 400);
    await store.shutAccount(account, 10);
    const shut = await take(store, account, 1);
    expect(shut).toMatchObject({ granted: 0, isShut: true });
    expect(shut.retryInMs).toBeGreaterThan(100);
    expect(shut.retryInMs).toBeLessThanOrEqual(400);
    expect((await take(store, other, 1)).granted).toBe(1);
    await pass(400);
    expect((await take(store, account, 1)).granted).toBe(1);
  });

  it('gives one probe at a time after too many failures, until one read goes well', async () => {
    const { store } = harness();
    const account = freshTeam();
    await store.openAccount(account, 5);
    for (const count of [1, 2, 3]) expect(await store.countFailedRead(account)).toBe(count);
    const probe = { granted: 1, failures: 3 };
    expect(await take(store, account, 5)).toMatchObject(probe);
    expect(await take(store, account, 5)).toMatchObject({ granted: 0, isShut: true });
    expect(await store.countFailedRead(account)).toBe(4);
    expect(await take(store, account, 1)).toMatchObject({ ...probe, failures: 4 });
    await store.clearFailedReads(account);
    expect(await take(store, account, 5)).toMatchObject({ granted: 5, failures: 0 });
  });
}
