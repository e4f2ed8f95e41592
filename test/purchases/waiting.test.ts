import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { away, held, once } from '../support/purchases/failpoint-store.ts';
import { ANSWER_WITHIN_MS, createWorld, type World } from '../support/purchases/purchase-world.ts';

/** Who waits for a purchase that another has under way, and what is still to come when nobody waits any more. */

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.end());

const other = { resolution: 'P480' } as const;
const HOUR_MS = 60 * 60 * 1000;

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
    world.failpoints.before('movePurchase:SENDING', once(held().fault));
    void world.buy('k');
    await world.settle();
    const elsewhere = [b.buy('k'), b.buy('k')];
    for (const each of elsewhere) expect(await world.standing(each)).toBe('pending');
    await world.takeForDead();
    await world.settle(200);
    expect(world.creates.length).toBe(1);
    world.accept(0, 'task');
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
    const back = world.failpoints.before('readAttempt', looking.fault);
    world.accept(0, 'task');
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
    world.failpoints.after('reservePurchase', once(away));
    world.failpoints.before('movePurchase:NOT_SENT', once(away));
    expect(await world.standing(world.buy('k'))).toBe('StoreUnavailableError');
    await world.settle(1100);
    expect(await world.standing(world.buy('k', other))).toBe('pending');
    world.accept(0, 'task');
    expect(await world.standing(world.buy('k', other))).toBe('task');
    expect(world.creates.length).toBe(1);
  });
});

describe('a webhook whose task AKOOL denies', () => {
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
    expect(await world.store.readOpenWebhooks()).toEqual([]);
  });

  it('is closed after an hour', async () => {
    void world.buy('k');
    await world.settle();
    await world.ring(world.creates[0]?.token ?? '', 'nothing', 2);
    await world.settle(HOUR_MS - 60_000);
    expect(await world.store.readOpenWebhooks()).toHaveLength(1);
    expect(JSON.stringify(world.logs)).not.toMatch(/A webhook was ignored/);
    await world.settle(120_000);
    expect(await world.store.readOpenWebhooks()).toEqual([]);
    expect(JSON.stringify(world.logs)).toMatch(
      /denies knowing its task[^\]]*A webhook was ignored/,
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
