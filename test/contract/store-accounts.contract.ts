import { expect, it } from 'vitest';
import { freshTeam, type StoreHarness } from './store-harness.ts';

const BREAK_AT = 3;

/** openAccount, takeReads, countFailedRead, clearFailedReads and shutAccount. */
export function describeAccounts(harness: () => StoreHarness): void {
  it('gives out so many reads in any second, however many ask at once', async () => {
    const { store, pass } = harness();
    const account = freshTeam();
    await store.openAccount(account, 10);
    const grants = await Promise.all(
      Array.from({ length: 12 }, () => store.takeReads(account, 2, BREAK_AT)),
    );
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBeLessThanOrEqual(10);
    // Whoever asks at the same moment as others may be told to come again soon.
    const late = await store.takeReads(account, 10, BREAK_AT);
    const given = grants.reduce((sum, { granted }) => sum + granted, late.granted);
    expect(given).toBe(10);
    expect(late).toMatchObject({ isShut: false, failures: 0 });
    const none = await store.takeReads(account, 1, BREAK_AT);
    expect(none.granted).toBe(0);
    expect(none.retryInMs).toBeGreaterThan(0);
    expect(none.retryInMs).toBeLessThanOrEqual(1000);
    await pass(1000);
    expect(await store.takeReads(account, 3, BREAK_AT)).toMatchObject({ granted: 3, retryInMs: 0 });
  });

  it('follows the budget when it changes', async () => {
    const { store } = harness();
    const account = freshTeam();
    await store.openAccount(account, 5);
    await store.openAccount(account, 2);
    expect((await store.takeReads(account, 9, BREAK_AT)).granted).toBe(2);
    await store.openAccount(account, 4);
    expect((await store.takeReads(account, 9, BREAK_AT)).granted).toBe(2);
  });

  it('gives nobody anything while the account is shut', async () => {
    const { store, pass } = harness();
    const [account, other] = [freshTeam(), freshTeam()];
    await store.openAccount(account, 5);
    await store.openAccount(other, 5);
    await store.shutAccount(account, 400);
    await store.shutAccount(account, 10);
    const shut = await store.takeReads(account, 1, BREAK_AT);
    expect(shut).toMatchObject({ granted: 0, isShut: true });
    expect(shut.retryInMs).toBeGreaterThan(100);
    expect(shut.retryInMs).toBeLessThanOrEqual(400);
    expect((await store.takeReads(other, 1, BREAK_AT)).granted).toBe(1);
    await pass(400);
    expect((await store.takeReads(account, 1, BREAK_AT)).granted).toBe(1);
  });

  it('gives one probe at a time after too many failures, until one read goes well', async () => {
    const { store } = harness();
    const account = freshTeam();
    await store.openAccount(account, 5);
    for (const count of [1, 2, 3]) expect(await store.countFailedRead(account)).toBe(count);
    const probe = { granted: 1, failures: 3 };
    expect(await store.takeReads(account, 5, BREAK_AT)).toMatchObject(probe);
    expect(await store.takeReads(account, 5, BREAK_AT)).toMatchObject({ granted: 0, isShut: true });
    expect(await store.countFailedRead(account)).toBe(4);
    expect(await store.takeReads(account, 1, BREAK_AT)).toMatchObject({ ...probe, failures: 4 });
    await store.clearFailedReads(account);
    expect(await store.takeReads(account, 5, BREAK_AT)).toMatchObject({ granted: 5, failures: 0 });
  });
}
