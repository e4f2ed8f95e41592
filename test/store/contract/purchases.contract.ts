import { expect, it } from 'vitest';
import {
  bought,
  freshTeam,
  nextOf,
  order,
  reach,
  schedule,
  type StoreHarness,
  task,
} from './store-harness.ts';

const KEEP_MS = 300;

/** The verbs about idempotency keys. */
export function describePurchases(harness: () => StoreHarness): void {
  it('takes a key once and then says who has it', async () => {
    const { store, now } = harness();
    const team = freshTeam();
    const before = now();
    const first = await store.reservePurchase(order(team, 'k', { tokenDigest: `${team}-token` }));
    expect(first.taken).toBe(true);
    expect(first.purchase).toEqual({
      attempt: order(team, 'k').attempt,
      team,
      mutation: 'createHeadSwapTask',
      key: 'k',
      fingerprint: 'fingerprint',
      input: '{"n":1}',
      tokenDigest: `${team}-token`,
      state: 'RESERVED',
      jobId: null,
      verdict: null,
      words: null,
      creditsBefore: null,
      isLeftBehind: false,
      createdAt: first.purchase.updatedAt,
      updatedAt: first.purchase.createdAt,
      expiresAt: first.purchase.createdAt + 1_000_000,
    });
    expect(first.purchase.createdAt).toBeGreaterThanOrEqual(before);
    expect(first.purchase.createdAt).toBeLessThanOrEqual(now());
    const other = { attempt: `${team} other`, fingerprint: 'other' };
    const second = await store.reservePurchase(order(team, 'k', other));
    expect(second).toEqual({ taken: false, purchase: first.purchase });
    const elsewhere = [
      order(freshTeam(), 'k'),
      order(team, 'K'),
      order(team, 'k', { mutation: 'submitAnalysis' }),
    ];
    for (const each of elsewhere) expect((await store.reservePurchase(each)).taken).toBe(true);
  });

  it('keeps AKOOL’s words of an unknown outcome until it is known, and the balance before', async () => {
    const { store } = harness();
    const attempt = order(freshTeam(), 'k');
    await store.reservePurchase(attempt);
    await store.noteCredits([attempt.attempt, 'nobody'], 987.5);
    await store.movePurchase(attempt, ['RESERVED'], 'SENDING');
    await store.movePurchase(attempt, ['SENDING'], 'UNKNOWN', { words: 'try again later' });
    const read = () => store.readAttempt(attempt.attempt);
    expect(await read()).toMatchObject({ words: 'try again later', creditsBefore: 987.5 });
    await store.movePurchase(attempt, ['UNKNOWN'], 'ABANDONED');
    expect(await read()).toMatchObject({ words: null, creditsBefore: 987.5 });
    await store.noteCredits(['nobody'], 1);
  });

  it('gives a key to one of fifty who ask at once', async () => {
    const { store } = harness();
    const team = freshTeam();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store.reservePurchase(
          order(team, 'k', { attempt: `${team} ${index}`, fingerprint: `f-${index}` }),
        ),
      ),
    );
    const winners = answers.filter(({ taken }) => taken);
    expect(winners).toHaveLength(1);
    expect(new Set(answers.map(({ purchase }) => purchase.fingerprint))).toEqual(
      new Set(winners.map(({ purchase }) => purchase.fingerprint)),
    );
  });

  it('gives a used key to the next once its record is past its time', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    await reach(store, team, 'k', 'ACCEPTED', { keepMs: KEEP_MS });
    const again = nextOf(team, 'k');
    const held = await store.reservePurchase(again);
    expect(held).toMatchObject({ taken: false, purchase: { state: 'ACCEPTED' } });
    expect(await store.readPurchase(again)).toEqual(held.purchase);
    await pass(KEEP_MS + 1);
    expect(await store.readPurchase(again)).toBeNull();
    const { taken, purchase } = await store.reservePurchase(again);
    expect(taken).toBe(true);
    expect(purchase).toMatchObject({ fingerprint: 'other', state: 'RESERVED', jobId: null });
    expect(await store.readPurchaseByJob(task(team, 'job-of-k'))).toBeNull();
  });

  it.each(['RESERVED', 'SENDING', 'UNKNOWN'] as const)(
    'holds a %s key, past its time too',
    async (state) => {
      const { store, pass } = harness();
      const team = freshTeam();
      await reach(store, team, 'k', state, { keepMs: KEEP_MS });
      await pass(KEEP_MS + 1);
      const again = nextOf(team, 'k');
      const { taken, purchase } = await store.reservePurchase(again);
      expect(taken).toBe(false);
      expect(purchase).toMatchObject({ fingerprint: 'fingerprint', state });
      expect(await store.readPurchase(again)).toEqual(purchase);
    },
  );

  it('finds nothing under keys that cannot be', async () => {
    const { store } = harness();
    const team = freshTeam();
    await store.reservePurchase(order(team, 'k'));
    expect(await store.readPurchase(order(team, 'k\0'))).toBeNull();
    expect(await store.readPurchase(order(team, '\udc00'))).toBeNull();
    expect(await store.readPurchaseByJob(task(team, 'k\0'))).toBeNull();
  });

  it('moves a record only from the states named', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    const { purchase } = await store.reservePurchase(order(team, 'k'));
    await pass(1);
    expect(await store.movePurchase(purchase, ['SENDING', 'UNKNOWN'], 'REJECTED')).toBeNull();
    expect(await store.readPurchase(purchase)).toEqual(purchase);
    const moved = await store.movePurchase(purchase, ['RESERVED', 'UNKNOWN'], 'SENDING');
    expect(moved?.job).toBeNull();
    expect(moved?.purchase).toEqual({
      ...purchase,
      state: 'SENDING',
      updatedAt: moved?.purchase.updatedAt,
    });
    expect(moved?.purchase.updatedAt).toBeGreaterThan(purchase.updatedAt);
    expect(await store.movePurchase(order(team, 'none'), ['RESERVED'], 'SENDING')).toBeNull();
    const racers = await Promise.all(
      Array.from({ length: 20 }, () => store.movePurchase(purchase, ['SENDING'], 'UNKNOWN')),
    );
    expect(racers.filter((each) => each !== null)).toHaveLength(1);
  });

  it('accepts and inserts the job in one step', async () => {
    const { store } = harness();
    const team = freshTeam();
    const job = task(team, 'bought');
    await reach(store, team, 'k', 'SENDING');
    const accepted = bought(job, { schedule: schedule({ dueAt: 9, hasWebhook: true }) });
    const moved = await store.movePurchase(order(team, 'k'), ['SENDING'], 'ACCEPTED', {
      accepted,
    });
    expect(moved?.purchase).toMatchObject({ state: 'ACCEPTED', jobId: 'bought' });
    expect(moved?.job).toEqual({
      job,
      sequence: 1,
      schedule: { ...accepted.schedule, watchedUntil: 0, readAt: null },
    });
    expect(await store.readJobs([job])).toEqual([moved?.job]);
    expect(await store.readChanges(team, 0, 9)).toEqual([moved?.job]);
    expect(await store.readSequence(team)).toBe(1);
    expect(await store.readPurchaseByJob(job)).toEqual(moved?.purchase);
    expect(await store.readPurchaseByJob({ ...job, kind: 'ANALYSIS' })).toBeNull();
    const again = await store.movePurchase(order(team, 'k'), ['SENDING'], 'ACCEPTED', {
      accepted,
    });
    expect(again).toBeNull();
    expect(await store.readSequence(team)).toBe(1);
  });

  it('links a job to one purchase only', async () => {
    const { store } = harness();
    const team = freshTeam();
    const accepted = bought(task(team, 'bought'));
    const keys = ['a', 'b', 'c', 'd'];
    for (const key of keys) await reach(store, team, key, 'SENDING');
    const moved = await Promise.all(
      keys.map((key) =>
        store.movePurchase(order(team, key), ['SENDING'], 'ACCEPTED', { accepted }),
      ),
    );
    expect(moved.filter((each) => each !== null)).toHaveLength(1);
    const states = await Promise.all(keys.map((key) => store.readPurchase(order(team, key))));
    expect(states.filter((each) => each?.state === 'SENDING')).toHaveLength(3);
    expect(states.filter((each) => each?.jobId === 'bought')).toHaveLength(1);
    expect(await store.readSequence(team)).toBe(1);
  });

  it('links a job to a further purchase where AKOOL itself named it, and leaves the job as it is', async () => {
    const { store } = harness();
    const team = freshTeam();
    const first = bought(task(team, 'bought'), { mayBeShared: true });
    const later = task(team, 'bought', { updatedAt: 9_000, request: null });
    await reach(store, team, 'a', 'SENDING');
    await reach(store, team, 'b', 'SENDING');
    const one = await store.movePurchase(order(team, 'a'), ['SENDING'], 'ACCEPTED', {
      accepted: first,
    });
    const other = await store.movePurchase(order(team, 'b'), ['SENDING'], 'ACCEPTED', {
      accepted: { ...first, job: later },
    });
    expect(other?.purchase).toMatchObject({ state: 'ACCEPTED', jobId: 'bought' });
    expect(other?.job?.job).toEqual(one?.job?.job);
    expect(other?.job?.sequence).toBe(1);
  });

  it('takes, sends and accepts many that come at once, each as if it came alone', async () => {
    const { store } = harness();
    const teams = [freshTeam(), freshTeam()];
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const orders = teams.flatMap((team) => keys.map((key) => order(team, key)));
    const reserved = await Promise.all([...orders, ...orders].map(store.reservePurchase));
    expect(reserved.map(({ taken }) => taken)).toEqual([
      ...orders.map(() => true),
      ...orders.map(() => false),
    ]);
    const held = await Promise.all(orders.map(store.readPurchase));
    expect(held).toEqual(reserved.slice(orders.length).map(({ purchase }) => purchase));
    const sent = await Promise.all(
      [...orders, ...orders].map((each) => store.movePurchase(each, ['RESERVED'], 'SENDING')),
    );
    expect(sent.map((moved) => moved !== null)).toEqual([
      ...orders.map(() => true),
      ...orders.map(() => false),
    ]);
    // AKOOL named one job twice, and one order was freed meanwhile.
    await store.movePurchase(order(teams[0] ?? '', 'e'), ['SENDING'], 'NOT_SENT');
    const idOf = (key: string): string => (key === 'd' ? 'job-c' : `job-${key}`);
    const accepted = await Promise.all(
      orders.map((each) =>
        store.movePurchase(each, ['SENDING', 'UNKNOWN'], 'ACCEPTED', {
          accepted: bought(task(each.team, idOf(each.key)), { mayBeShared: true }),
        }),
      ),
    );
    for (const [place, team] of teams.entries()) {
      const moved = accepted.slice(place * keys.length, (place + 1) * keys.length);
      const bought = place === 0 ? ['a', 'b', 'c', 'd'] : keys;
      expect(moved.map((each) => each?.job?.job.id)).toEqual(
        keys.map((key) => (bought.includes(key) ? idOf(key) : undefined)),
      );
      const jobs = await store.readChanges(team, 0, 9);
      expect(jobs.map(({ job }) => job.id).sort()).toEqual([...new Set(bought.map(idOf))].sort());
      expect(new Set(jobs.map(({ sequence }) => sequence)).size).toBe(jobs.length);
      for (const { sequence } of jobs) {
        expect(sequence).toBeGreaterThan(0);
        expect(sequence).toBeLessThanOrEqual(await store.readSequence(team));
      }
    }
  });

  it('lists by state, oldest first', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    const states = ['UNKNOWN', 'REJECTED', 'SENDING', 'UNKNOWN'] as const;
    for (const [index, state] of states.entries()) {
      await reach(store, team, `${9 - index}`, state);
      await pass(2);
    }
    const listed = (await store.listPurchases(['SENDING', 'UNKNOWN'])).filter(
      (each) => each.team === team,
    );
    expect(listed.map(({ key }) => key)).toEqual(['9', '7', '6']);
    expect(await store.listPurchases([])).toEqual([]);
  });

  it('forgets records past their time, but never one that may have been bought', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    await pass(KEEP_MS);
    await store.expirePurchases();
    const states = [
      ...(['RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED'] as const),
      ...(['REJECTED', 'NOT_SENT', 'ABANDONED'] as const),
    ];
    for (const state of states) await reach(store, team, state, state, { keepMs: KEEP_MS });
    await reach(store, team, 'young', 'REJECTED');
    await pass(KEEP_MS + 1);
    expect(await store.expirePurchases()).toBe(5);
    const left = (await store.listPurchases(states)).filter((each) => each.team === team);
    expect(left.map(({ key }) => key).sort()).toEqual(['SENDING', 'UNKNOWN', 'young']);
    // The job that was bought stays.
    expect(await store.readJobs([task(team, 'job-of-ACCEPTED')])).toHaveLength(1);
    expect(await store.readPurchaseByJob(task(team, 'job-of-ACCEPTED'))).toBeNull();
  });

  it('forgets as many as there are', async () => {
    const { store, pass } = harness();
    const team = freshTeam();
    const keys = Array.from({ length: 501 }, (_, number) => `${number}`);
    for (const key of keys) await store.reservePurchase(order(team, key, { keepMs: 1 }));
    await pass(2);
    expect(await store.expirePurchases()).toBeGreaterThanOrEqual(keys.length);
    expect(await store.readPurchase(order(team, '500'))).toBeNull();
  });
}
