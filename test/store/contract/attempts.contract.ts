import { expect, it } from 'vitest';
import type { StoredJob } from '../../../src/store/job-store.ts';
import {
  bought,
  freshTeam,
  made,
  nextOf,
  order,
  reach,
  type StoreHarness,
  task,
} from './store-harness.ts';

const KEEP_MS = 300;

/** Several attempts with one key, and jobs that were known before they were bought. */
export function describeAttempts(harness: () => StoreHarness): void {
  it.each(['REJECTED', 'NOT_SENT', 'ABANDONED'] as const)(
    'gives a %s key to the next, and remembers what became of the attempt',
    async (state) => {
      const { store, pass } = harness();
      const team = freshTeam();
      await reach(store, team, 'k', state, { tokenDigest: `${team}-old` });
      await pass(1);
      const before = await store.readAttempt(order(team, 'k').attempt);
      expect(before).toMatchObject({ fingerprint: 'fingerprint', state });
      expect(await store.readPurchase(order(team, 'k'))).toBeNull();
      const again = nextOf(team, 'k', { tokenDigest: `${team}-new` });
      const { taken, purchase } = await store.reservePurchase(again);
      expect(taken).toBe(true);
      expect(purchase).toMatchObject({ fingerprint: 'other', state: 'RESERVED', jobId: null });
      expect(await store.readPurchase(again)).toEqual(purchase);
      expect(await store.readPurchaseByToken(`${team}-new`)).toEqual(purchase);
      expect(await store.readPurchaseByToken(`${team}-old`)).toEqual(before);
      expect(await store.readAttempt(order(team, 'k').attempt)).toEqual(before);
    },
  );

  it('moves the attempt named, and never another one with its key', async () => {
    const { store } = harness();
    const team = freshTeam();
    await reach(store, team, 'k', 'UNKNOWN');
    await store.movePurchase(order(team, 'k'), ['UNKNOWN'], 'ABANDONED');
    const again = nextOf(team, 'k');
    await store.reservePurchase(again);
    const states = ['RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED', 'REJECTED', 'NOT_SENT'] as const;
    const accepted = bought(task(team, 'late'), { mayBeShared: true });
    for (const state of ['RESERVED', 'SENDING', 'UNKNOWN'] as const) {
      if (state !== 'RESERVED') await store.movePurchase(again, states, state);
      for (const to of states) {
        const outcome = to === 'ACCEPTED' ? { accepted } : {};
        expect(await store.movePurchase(order(team, 'k'), states, to, outcome)).toBeNull();
      }
      // Not even from where it is: the key is another's.
      const late = store.movePurchase(order(team, 'k'), ['ABANDONED'], 'ACCEPTED', { accepted });
      expect(await late).toBeNull();
      expect(await store.readPurchase(again)).toMatchObject({ attempt: again.attempt, state });
    }
    expect(await store.readJobs([accepted.job])).toEqual([]);
    const gone = nextOf(team, 'k', { attempt: `${team} never` });
    expect(await store.movePurchase(gone, states, 'NOT_SENT')).toBeNull();
  });

  it('gives an abandoned attempt its key back while nobody has it', async () => {
    const { store } = harness();
    const team = freshTeam();
    await reach(store, team, 'k', 'ABANDONED');
    const again = nextOf(team, 'k');
    await store.reservePurchase(again);
    await store.movePurchase(again, ['RESERVED'], 'REJECTED');
    const accepted = bought(task(team, 'late'), { mayBeShared: true });
    const late = await store.movePurchase(order(team, 'k'), ['ABANDONED'], 'ACCEPTED', {
      accepted,
    });
    expect(late?.purchase).toMatchObject({ state: 'ACCEPTED', jobId: 'late' });
    expect(await store.readPurchase(again)).toEqual(late?.purchase);
    const third = nextOf(team, 'k', { attempt: `${team} third` });
    expect(await store.reservePurchase(third)).toMatchObject({ taken: false });
  });

  it.each([
    { kind: 'billing', code: 1104, message: 'no credits' },
    { kind: 'rejected', code: 1003, message: 'é"\n' },
    { kind: 'unavailable', retryAfterSeconds: null },
  ] as const)('keeps why nothing was bought: %j', async (verdict) => {
    const { store } = harness();
    const team = freshTeam();
    await reach(store, team, 'k', 'SENDING');
    const moved = await store.movePurchase(order(team, 'k'), ['SENDING'], 'REJECTED', { verdict });
    expect(moved?.purchase.verdict).toEqual(verdict);
    expect(await store.readAttempt(order(team, 'k').attempt)).toEqual(moved?.purchase);
  });

  it('lets an attempt that was settled late live on from then, and one that bought nothing for an hour', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    await reach(store, team, 'k', 'UNKNOWN', { keepMs: KEEP_MS });
    await reach(store, team, 'refused', 'REJECTED');
    const hour = 60 * 60 * 1000;
    await reach(store, team, 'refused later', 'REJECTED', { keepMs: 2 * hour });
    const refused = await store.readAttempt(order(team, 'refused later').attempt);
    expect(refused?.expiresAt).toBe(Number(refused?.updatedAt) + hour);
    expect((await store.readAttempt(order(team, 'refused').attempt))?.expiresAt).toBeLessThan(
      Number(refused?.expiresAt),
    );
    await pass(KEEP_MS + 1);
    const accepted = bought(task(team, 'late'));
    const moved = await store.movePurchase(order(team, 'k'), ['UNKNOWN'], 'ACCEPTED', { accepted });
    expect(moved?.purchase.expiresAt).toBe(Number(moved?.purchase.updatedAt) + KEEP_MS);
  });

  it('adopts a job without a purchase: one that is new, one that was foreign, and one of ours', async () => {
    const { store } = harness();
    const team = freshTeam();
    const known = task(team, 'known', { madeHere: false, request: null, version: 4, progress: 60 });
    await store.writeJobs([made(known)]);
    const adopt = (id: string, fields = {}) =>
      store.adoptJob(bought(task(team, id, fields), { mayBeShared: true }));
    expect(await adopt('new')).toMatchObject({ job: task(team, 'new'), sequence: 1 });
    expect(await adopt('known', { updatedAt: 2_000 })).toMatchObject({
      job: {
        ...known,
        madeHere: true,
        version: 5,
        updatedAt: 2_000,
        request: task(team, 'x').request,
      },
      sequence: 2,
    });
    expect(await adopt('new', { progress: 9 })).toMatchObject({
      job: task(team, 'new'),
      sequence: 1,
    });
    expect((await store.readChanges(team, 0, 9)).map(({ job }) => job.id)).toEqual([
      'new',
      'known',
    ]);
    expect(await store.readPurchaseByJob(task(team, 'new'))).toBeNull();
  });

  it('makes a foreign job ours, in the state it was seen in', async () => {
    const { store, now } = harness();
    const team = freshTeam();
    const known = task(team, 'x', { madeHere: false, request: null, version: 4, progress: 60 });
    const over = task(team, 'y', {
      ...known,
      id: 'y',
      status: 'COMPLETED',
      outputUrl: 'https://o',
    });
    await store.writeJobs([made(known), made(over)]);
    const results: (StoredJob | null | undefined)[] = [];
    for (const { id } of [known, over]) {
      await reach(store, team, id, 'UNKNOWN');
      const accepted = bought(task(team, id, { updatedAt: 2_000 }));
      const moved = await store.movePurchase(order(team, id), ['UNKNOWN'], 'ACCEPTED', {
        accepted,
      });
      results.push(moved?.job);
    }
    const ours = { madeHere: true, request: task(team, 'x').request, version: 5, updatedAt: 2_000 };
    expect(results.map((each) => [each?.job, each?.sequence])).toEqual([
      [{ ...known, ...ours }, 1],
      [{ ...over, ...ours }, 2],
    ]);
    expect(results[0]?.schedule.dueAt).toBeLessThanOrEqual(now());
    expect(results[1]?.schedule.dueAt).toBeNull();
    expect((await store.readChanges(team, 0, 9)).length).toBe(2);
  });
}
