import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { away, held, once } from '../support/purchases/failpoint-store.ts';
import {
  ANSWER_WITHIN_MS,
  createWorld,
  TEAM,
  type World,
} from '../support/purchases/purchase-world.ts';

/** Several attempts with one key: what comes late for one of them never touches another. */

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.end());

const other = { resolution: 'P480' } as const;

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

/** The tasks made here, newest first. */
async function listed(): Promise<string[]> {
  const query = { team: TEAM, kind: 'HEAD_SWAP_TASK', statuses: null, analysisId: null } as const;
  return (await world.jobs.list({ ...query, after: null, limit: 9 })).map(({ id }) => id);
}

describe('an attempt that was abandoned while its request was under way', () => {
  it('is not told of the key once it is used again: the late task is ours, and no key answers with it', async () => {
    await reuse();
    world.accept(0, 'late');
    await world.settle();
    expect(await world.standing(world.buy('k', other))).toBe('pending');
    world.accept(1, 'new');
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

  it('is found by its webhook after the key was used again', async () => {
    await reuse();
    world.have('late');
    expect(await world.ring(world.creates[0]?.token ?? '', 'late', 2)).toBe('accepted');
    expect(await world.standing(world.buy('k', other))).toBe('pending');
    expect(await listed()).toEqual(['late']);
    world.accept(1, 'new');
    expect(await world.standing(world.buy('k', other))).toBe('new');
  });

  it('does not take the task of another purchase when its webhook names that one', async () => {
    await reuse();
    world.accept(1, 'new');
    await world.settle();
    expect(await world.ring(world.creates[0]?.token ?? '', 'new', 2)).toBe('accepted');
    await world.settle();
    expect(JSON.stringify(world.logs)).toMatch(/not the one ordered/);
    expect(JSON.stringify(world.logs)).not.toMatch(/abandoned by hand was bought/);
  });

  it.each(['its answer', 'its webhook'])(
    'has its key again when %s says that it was bought, and nobody has used the key since',
    async (word) => {
      const first = world.buy('k');
      await world.settle();
      await world.takeForDead();
      await world.abandon('k');
      if (word === 'its answer') world.accept(0, 'late');
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

  it('and whose webhook was taken before, and followed up after the key was used again, keeps off it', async () => {
    const first = world.buy('k');
    await world.settle();
    world.creates[0]?.answer({ outcome: 'unknown', reason: 'lost' });
    expect(await world.standing(first)).toBe('OutcomeUnknownError');
    world.have('late');
    const back = world.failpoints.before('readAttempt', away);
    expect(await world.ring(world.creates[0]?.token ?? '', 'late', 2)).toBe('accepted');
    await world.settle();
    back();
    await world.abandon('k');
    expect(await world.standing(world.buy('k'))).toBe('pending');
    await world.settle(ANSWER_WITHIN_MS);
    await world.settle(30_000);
    expect(await listed()).toEqual(['late']);
    expect(await world.standing(world.resultOf('k'))).toBe('OutcomeUnknownError');
    world.accept(1, 'new');
    await world.settle();
    expect(await world.standing(world.resultOf('k'))).toBe('new');
  });
});

describe('a process that was taken for dead and goes on', () => {
  it('sends nothing when the key was taken from it before it could', async () => {
    const reserved = held();
    world.failpoints.after('reservePurchase', once(reserved.fault));
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
    world.accept(0, 'task');
    expect(await world.standing(elsewhere)).toBe('task');
  });

  it('may begin to send within 60 s of asking for that, however long the answer took', async () => {
    const askedAt = world.clock.now();
    world.failpoints.before('movePurchase:SENDING', () => {
      world.clock.set(world.clock.now() + 45_000);
    });
    void world.buy('k');
    await world.settle();
    expect(world.creates[0]?.startBy).toBeGreaterThanOrEqual(askedAt + 60_000);
    expect(world.creates[0]?.startBy).toBeLessThan(askedAt + 61_000);
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
