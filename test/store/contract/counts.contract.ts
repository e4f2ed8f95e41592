import { expect, it } from 'vitest';
import type { StoreCounts } from '../../../src/store/store.ts';
import {
  freshTeam,
  made,
  next,
  order,
  reach,
  schedule,
  task,
  type StoreHarness,
} from './store-harness.ts';

/** count. */
export function describeCounts(harness: () => StoreHarness): void {
  const jobsIn = ({ jobs }: StoreCounts, status: string): number =>
    jobs.find((one) => one.kind === 'HEAD_SWAP_TASK' && one.status === status)?.count ?? 0;
  const purchasesIn = ({ purchases }: StoreCounts, state: string): number =>
    purchases.find((one) => one.state === state)?.count ?? 0;

  it('counts jobs that have not ended', async () => {
    const { store } = harness();
    const team = freshTeam();
    const before = await store.count();
    const job = task(team, 'counted');
    // Before all that other tests write: the count is of every team.
    await store.writeJobs([made(job, { dueAt: -1 })]);
    const live = await store.count();
    expect(jobsIn(live, job.status)).toBe(jobsIn(before, job.status) + 1);
    expect(live.dueAt).toBe(-1);
    const ended = { status: 'FAILED', failure: { reason: 'r', code: null } } as const;
    await store.writeJobs([next(job, ended, { schedule: schedule() })]);
    const after = await store.count();
    expect(jobsIn(after, job.status)).toBe(jobsIn(before, job.status));
    expect(after.dueAt).not.toBe(-1);
  });

  it('counts purchases that are open, and knows the oldest unknown one', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    const before = await store.count();
    const key = order(team, 'counted');
    await reach(store, team, 'counted', 'SENDING');
    const sending = await store.count();
    expect(purchasesIn(sending, 'SENDING')).toBe(purchasesIn(before, 'SENDING') + 1);
    await pass(2);
    await store.movePurchase(key, ['SENDING'], 'UNKNOWN');
    const unknown = await store.count();
    expect(purchasesIn(unknown, 'UNKNOWN')).toBe(purchasesIn(before, 'UNKNOWN') + 1);
    const made = await store.readAttempt(key.attempt);
    expect(unknown.oldestUnknownAt).toBeLessThanOrEqual(made?.createdAt ?? 0);
    expect(unknown.oldestUnknownAt).not.toBeNull();
    await store.movePurchase(key, ['UNKNOWN'], 'ABANDONED');
    expect(purchasesIn(await store.count(), 'UNKNOWN')).toBe(purchasesIn(before, 'UNKNOWN'));
  });
}
