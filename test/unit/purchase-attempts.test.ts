import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { away, createFailpoints, held, once, type Failpoints } from '../support/failpoint-store.ts';
import { newFolder, removeFolders } from '../support/folder.ts';
import { ANSWER_WITHIN_MS, createWorld, TEAM, type World } from '../support/purchase-world.ts';

/** Several attempts with one key, and those who wait for one of them: in one process, and at two on one database. */

let world: World;
let failpoints: Failpoints;

beforeEach(async () => {
  failpoints = createFailpoints();
  world = await createWorld(newFolder(), { wrapStore: failpoints.wrap });
});

afterEach(async () => {
  await world.end();
  removeFolders();
});

const other = { resolution: 'P480' } as const;
const HOUR_MS = 60 * 60 * 1000;

/** The key's first create is under way and abandoned, and its second one is under way. */
async function reuse(): Promise<void> {
  const first = world.buy('k');
  expect(await world.standing(first)).toBe('pending');
  await world.takeForDead();
  expect(await world.abandon('k')).toBe(true);
  await world.settle(ANSWER_WITHIN_MS);
  expect(await world.standing(first)).toBe('OutcomeUnknownError');
  expect(await world.standing(world.resultOf('k'))).toBe(null);
  expect(await world.standing(world.buy('k', other))).toBe('pending');
  expect(world.creates.length).toBe(2);
}

const accept = (create: number, id: string): void =>
  world.creates[create]?.answer({ outcome: 'accepted', observation: world.have(id) });

/** The tasks made here, newest first. */
async function listed(): Promise<string[]> {
  const query = { team: TEAM, kind: 'HEAD_SWAP_TASK', statuses: null, analysisId: null } as const;
  return (await world.jobs.list({ ...query, after: null, limit: 9 })).map(({ id }) => id);
}

describe('an attempt that was abandoned while its request was under way', () => {
  it('is not told of the key once it is used again: the late task is ours, and no key answers with it', async () => {
    await reuse();
    accept(0, 'late');
    await world.settle();
    expect(await world.standing(world.buy('k', other))).toBe('pending');
    accept(1, 'new');
    await world.settle();
    expect(await world.standing(world.buy('k', other))).toBe('new');
    expect(await world.standing(world.buy('k'))).toBe('IdempotencyConflictError');
    expect((await listed()).toSorted()).toEqual(['late', 'new']);
    world.have('late', { status: 'COMPLETED', outputUrl: 'https://example.com/o.mp4' });
    await world.settle(31_000);
    const [late] = await world.jobs.known([{ team: TEAM, kind: 'HEAD_SWAP_TASK', id: 'late' }]);
    expect(late).toMatchObject({ status: 'COMPLETED', request: { analysisId: 'analysis' } });
    expect(JSON.stringify(world.logs)).toMatch(/"key":"k"[^}]*"job":"late"[^\]]*no key answers/);
    expect(world.creates.length).toBe(2);
  });

  it.each([
    ['refused', { outcome: 'billing', code: 1104, message: 'no credits' }],
    ['not taken', { outcome: 'unavailable', pauseMs: null }],
    ['lost', { outcome: 'unknown', reason: 'lost' }],
  ] as const)(
    'does not free or hold the key of the next one when it is %s late',
    async (_, answer) => {
      await reuse();
      const second = await world.store.readPurchase({
        team: TEAM,
        mutation: 'createHeadSwapTask',
        key: 'k',
      });
      world.creates[0]?.answer(answer);
      await world.settle();
      expect(await world.store.readAttempt(String(second?.attempt))).toEqual(second);
      expect(await world.standing(world.buy('k'))).toBe('IdempotencyConflictError');
      expect(world.creates.length).toBe(2);
    },
  );

  it('is found by its callback after the key was used again', async () => {
    await reuse();
    world.have('late');
    expect(await world.ring(world.creates[0]?.token ?? '', 'late', 2)).toBe('accepted');
    expect(await world.standing(world.buy('k', other))).toBe('pending');
    expect(await listed()).toEqual(['late']);
    accept(1, 'new');
    expect(await world.standing(world.buy('k', other))).toBe('new');
  });

  it('does not take the task of another purchase when its callback names that one', async () => {
    await reuse();
    accept(1, 'new');
    await world.settle();
    expect(await world.ring(world.creates[0]?.token ?? '', 'new', 2)).toBe('accepted');
    await world.settle();
    expect(JSON.stringify(world.logs)).toMatch(/not the one ordered/);
    expect(JSON.stringify(world.logs)).not.toMatch(/abandoned by hand was bought/);
  });

  it.each(['its answer', 'its callback'])(
    'has its key again when %s says that it was bought, and nobody has used the key since',
    async (word) => {
      const first = world.buy('k');
      await world.settle();
      await world.takeForDead();
      await world.abandon('k');
      if (word === 'its answer') accept(0, 'late');
      else {
        world.have('late');
        await world.ring(world.creates[0]?.token ?? '', 'late', 2);
      }
      expect(await world.standing(first)).toBe('late');
      expect(await world.standing(world.buy('k'))).toBe('late');
      expect(await world.standing(world.buy('k', other))).toBe('IdempotencyConflictError');
      expect(JSON.stringify(world.logs)).toMatch(/"key":"k"[^}]*"job":"late"[^\]]*its key answers/);
      expect(world.creates.length).toBe(1);
    },
  );

  it('and whose callback was taken before, and followed up after the key was used again, keeps off it', async () => {
    const first = world.buy('k');
    await world.settle();
    world.creates[0]?.answer({ outcome: 'unknown', reason: 'lost' });
    expect(await world.standing(first)).toBe('OutcomeUnknownError');
    world.have('late');
    const back = failpoints.before('readAttempt', away);
    expect(await world.ring(world.creates[0]?.token ?? '', 'late', 2)).toBe('accepted');
    await world.settle();
    back();
    await world.abandon('k');
    expect(await world.standing(world.buy('k'))).toBe('pending');
    await world.settle(ANSWER_WITHIN_MS);
    await world.settle(30_000);
    expect(await listed()).toEqual(['late']);
    expect(await world.standing(world.resultOf('k'))).toBe('OutcomeUnknownError');
    accept(1, 'new');
    await world.settle();
    expect(await world.standing(world.resultOf('k'))).toBe('new');
  });
});

describe('a process that was taken for dead and goes on', () => {
  it('sends nothing when the key was taken from it before it could', async () => {
    const reserved = held();
    failpoints.after('reservePurchase', once(reserved.fault));
    const bought = world.buy('k');
    await world.settle();
    await world.takeForDead();
    const again = world.buy('k');
    const elsewhere = (await world.another()).buy('k');
    expect(await world.standing(elsewhere)).toBe('pending');
    reserved.letGo();
    expect(await world.standing(bought)).toBe('AkoolUnavailableError');
    expect(await world.standing(again)).toBe('AkoolUnavailableError');
    expect(world.creates.length).toBe(1);
    accept(0, 'task');
    expect(await world.standing(elsewhere)).toBe('task');
  });

  it.each([
    ['BillingError', { outcome: 'billing', code: 1104, message: 'no credits' }],
    ['AkoolUnavailableError', { outcome: 'unavailable', pauseMs: null }],
  ] as const)('frees its own key by AKOOL’s word: %s', async (name, answer) => {
    const bought = world.buy('k');
    await world.settle();
    await world.takeForDead();
    world.creates[0]?.answer(answer);
    expect(await world.standing(bought)).toBe(name);
    expect(await world.standing(world.resultOf('k'))).toBe(null);
    expect(await world.abandon('k')).toBe(false);
  });
});

describe('a refusal', () => {
  const verdicts = [
    [
      'BillingError',
      { outcome: 'billing', code: 1104, message: 'no credits' },
      { code: 1104, message: 'no credits' },
    ],
    [
      'AkoolRejectedError',
      { outcome: 'rejected', code: 1003, message: 'no' },
      { code: 1003, message: 'no' },
    ],
    ['AkoolUnavailableError', { outcome: 'unavailable', pauseMs: 1500 }, { retryAfterSeconds: 2 }],
  ] as const;

  it.each(verdicts)(
    'reaches AKOOL once: %s is told to all who attached, here and elsewhere, and who comes later asks again',
    async (name, answer, fields) => {
      const b = await world.another();
      const c = await world.another();
      const here = [world.buy('k'), world.buy('k')];
      await world.settle();
      const elsewhere = [b.buy('k'), b.buy('k'), c.buy('k')];
      const asked = c.resultOf('k');
      await world.settle(1000);
      for (const each of [...here, ...elsewhere, asked]) {
        expect(await world.standing(each)).toBe('pending');
      }
      world.creates[0]?.answer(answer);
      await world.settle(200);
      for (const each of [...here, ...elsewhere]) {
        expect(await world.standing(each)).toBe(name);
        await expect(each).rejects.toMatchObject(fields);
      }
      expect(await world.standing(asked)).toBe(null);
      expect(world.creates.length).toBe(1);
      expect(await world.standing(b.buy('k', other))).toBe('pending');
      expect(world.creates.length).toBe(2);
    },
  );

  it('is told of the attempt that was waited for, though another is under way when it is looked at', async () => {
    const b = await world.another();
    const c = await world.another();
    const first = world.buy('k');
    await world.settle();
    const attached = b.buy('k');
    const asked = c.resultOf('k');
    await world.settle();
    const [, answer] = verdicts[0];
    world.creates[0]?.answer(answer);
    // Less than the time between two looks.
    await world.settle(1);
    const again = world.buy('k', other);
    await world.settle(200);
    expect(await world.standing(first)).toBe('BillingError');
    expect(await world.standing(attached)).toBe('BillingError');
    expect(await world.standing(asked)).toBe(null);
    expect(await world.standing(again)).toBe('pending');
    expect(world.creates.length).toBe(2);
  });

  it('that is no word of AKOOL’s (its gateway died before it sent) lets one of those who waited buy', async () => {
    const b = await world.another();
    failpoints.before('movePurchase:SENDING', once(held().fault));
    void world.buy('k');
    await world.settle();
    const elsewhere = [b.buy('k'), b.buy('k')];
    for (const each of elsewhere) expect(await world.standing(each)).toBe('pending');
    await world.takeForDead();
    await world.settle(200);
    expect(world.creates.length).toBe(1);
    accept(0, 'task');
    for (const each of elsewhere) expect(await world.standing(each)).toBe('task');
  });
});

describe('who waits at another instance', () => {
  it('never buys when the attempt is forgotten meanwhile', async () => {
    const b = await world.another();
    void world.buy('k');
    await world.settle();
    const attached = b.buy('k');
    await world.settle();
    const looking = held();
    const back = failpoints.before('readAttempt', looking.fault);
    accept(0, 'task');
    await world.settle(200);
    back();
    // The clock leaps past the record's time between two looks.
    world.clock.set(world.clock.now() + 31 * 24 * HOUR_MS);
    expect(await world.store.expirePurchases()).toBe(1);
    looking.letGo();
    expect(await world.standing(attached)).toBe('OutcomeUnknownError');
    expect(world.creates.length).toBe(1);
  });

  it('does not wait longer when the clock is set back', async () => {
    const b = await world.another();
    void world.buy('k');
    await world.settle();
    world.clock.set(world.clock.now() - HOUR_MS);
    const attached = b.buy('k');
    await world.settle(ANSWER_WITHIN_MS + 200);
    expect(await world.standing(attached)).toBe('OutcomeUnknownError');
  });
});

describe('a store that cannot tell whether it took the key', () => {
  it('does not hold it for nothing: it is given back, and the next one buys', async () => {
    failpoints.after('reservePurchase', once(away));
    failpoints.before('movePurchase:NOT_SENT', once(away));
    expect(await world.standing(world.buy('k'))).toBe('StoreUnavailableError');
    await world.settle(1100);
    expect(await world.standing(world.buy('k', other))).toBe('pending');
    accept(0, 'task');
    expect(await world.standing(world.buy('k', other))).toBe('task');
    expect(world.creates.length).toBe(1);
  });
});

describe('a callback whose task AKOOL denies', () => {
  it('is looked at again, and settles the purchase once AKOOL knows it', async () => {
    const bought = world.buy('k');
    await world.settle();
    world.creates[0]?.answer({ outcome: 'unknown', reason: 'lost' });
    expect(await world.standing(bought)).toBe('OutcomeUnknownError');
    await world.ring(world.creates[0]?.token ?? '', 'task', 2);
    await world.settle(10 * 60_000);
    expect(await world.standing(world.buy('k'))).toBe('OutcomeUnknownError');
    await world.crash();
    await world.settle(60_000);
    world.have('task');
    await world.settle(31_000);
    expect(await world.standing(world.buy('k'))).toBe('task');
    expect(await world.store.readOpenCallbacks()).toEqual([]);
  });

  it('is closed after an hour', async () => {
    void world.buy('k');
    await world.settle();
    await world.ring(world.creates[0]?.token ?? '', 'nothing', 2);
    await world.settle(HOUR_MS - 60_000);
    expect(await world.store.readOpenCallbacks()).toHaveLength(1);
    expect(JSON.stringify(world.logs)).not.toMatch(/A callback was ignored/);
    await world.settle(120_000);
    expect(await world.store.readOpenCallbacks()).toEqual([]);
    expect(JSON.stringify(world.logs)).toMatch(
      /denies knowing its task[^\]]*A callback was ignored/,
    );
  });
});

describe('a purchase that is settled after its record’s time', () => {
  it('answers its key with the task from then on', async () => {
    const bought = world.buy('k');
    await world.settle();
    world.creates[0]?.answer({ outcome: 'unknown', reason: 'lost' });
    expect(await world.standing(bought)).toBe('OutcomeUnknownError');
    world.clock.set(world.clock.now() + 40 * 24 * HOUR_MS);
    expect(await world.standing(world.buy('k'))).toBe('OutcomeUnknownError');
    world.have('task');
    await world.ring(world.creates[0]?.token ?? '', 'task', 2);
    await world.settle(HOUR_MS);
    expect(await world.standing(world.buy('k'))).toBe('task');
    expect(world.creates.length).toBe(1);
  });
});
