import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { away, held, once } from '../support/purchases/failpoint-store.ts';
import {
  ANSWER_WITHIN_MS,
  createWorld,
  TEAM,
  VIDEO,
  type World,
} from '../support/purchases/purchase-world.ts';

/** Moments of a purchase that no request from outside can hit reliably. */

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.end());

const KEY = { team: TEAM, mutation: 'createHeadSwapTask', key: 'k' } as const;
const refused = { outcome: 'billing', code: 1104, message: 'no credits' } as const;
const other = { resolution: 'P480' } as const;

describe('while a create is in flight', () => {
  it('its result is waited for, and is null when the key is left unused', async () => {
    const bought = world.buy('k');
    const result = world.resultOf('k');
    expect(await world.standing(result)).toBe('pending');
    world.creates[0]?.answer(refused);
    expect(await world.standing(result)).toBe(null);
    expect(await world.standing(bought)).toBe('BillingError');
  });

  it('its result after the wait is OutcomeUnknownError, and the task once the answer came', async () => {
    const bought = world.buy('k');
    await world.settle(ANSWER_WITHIN_MS + 100);
    expect(await world.standing(bought)).toBe('OutcomeUnknownError');
    expect(await world.standing(world.resultOf('k'))).toBe('OutcomeUnknownError');
    expect(await world.standing(world.buy('k'))).toBe('OutcomeUnknownError');
    expect(await world.standing(world.buy('k', other))).toBe('IdempotencyConflictError');
    world.accept(0, 'task');
    await world.settle();
    expect(await world.standing(world.buy('k'))).toBe('task');
    expect(await world.standing(world.resultOf('k'))).toBe('task');
  });

  it('for a key that is still being checked, a result is null', async () => {
    const lookup = held();
    const bought = world.buy('k', { analysisId: 'unready' });
    world.failpoints.before('reservePurchase', lookup.fault);
    const result = world.resultOf('k');
    expect(await world.standing(result)).toBe('pending');
    world.failpoints.before('reservePurchase', away);
    lookup.letGo();
    expect(await world.standing(bought)).toBe('StoreUnavailableError');
    expect(await world.standing(result)).toBe(null);
  });
});

describe('another input', () => {
  it('that is about to be told of its conflict does not tell the rightful one the same', async () => {
    const first = world.buy('k');
    await world.settle();
    world.accept(0, 'task');
    expect(await world.standing(first)).toBe('task');
    const reading = held();
    const takeBack = world.failpoints.before('readPurchase', reading.fault);
    const wrong = world.buy('k', other);
    await world.settle();
    takeBack();
    expect(await world.standing(world.buy('k'))).toBe('task');
    expect(await world.standing(wrong)).toBe('pending');
    reading.letGo();
    expect(await world.standing(wrong)).toBe('IdempotencyConflictError');
  });

  it('is never answered with the task that a webhook settles at that moment', async () => {
    const first = world.buy('k');
    await world.settle();
    world.creates[0]?.answer({ outcome: 'unknown', reason: 'lost' });
    expect(await world.standing(first)).toBe('OutcomeUnknownError');
    const reading = held();
    const takeBack = world.failpoints.after('readPurchase', reading.fault);
    const wrong = world.buy('k', other);
    await world.settle();
    takeBack();
    world.have('task');
    expect(await world.ring(world.creates[0]?.token ?? '', 'task', 2)).toBe('accepted');
    await world.settle();
    expect(await world.standing(world.buy('k'))).toBe('task');
    reading.letGo();
    expect(await world.standing(wrong)).toBe('IdempotencyConflictError');
  });
});

describe('a store that is away', () => {
  it('when the key is to be taken: nothing is sent, and the key is unused', async () => {
    const back = world.failpoints.before('reservePurchase', away);
    expect(await world.standing(world.buy('k'))).toBe('StoreUnavailableError');
    back();
    expect(world.creates).toEqual([]);
    expect(await world.standing(world.resultOf('k'))).toBe(null);
  });

  it.each(['before', 'after'] as const)(
    'when sending is to be recorded (%s it is): nothing is sent, and the key is free again once it is back',
    async (when) => {
      const back = [
        world.failpoints[when]('movePurchase:SENDING', away),
        world.failpoints.before('movePurchase:NOT_SENT', away),
      ];
      expect(await world.standing(world.buy('k'))).toBe('StoreUnavailableError');
      expect(world.creates).toEqual([]);
      await world.settle(10_000);
      for (const each of back) each();
      await world.settle(1100);
      expect(await world.standing(world.resultOf('k'))).toBe(null);
      const again = world.buy('k', other);
      await world.settle();
      expect(world.creates.length).toBe(1);
      world.accept(0, 'task');
      expect(await world.standing(again)).toBe('task');
    },
  );

  it.each(['before', 'after'] as const)(
    'when the task is to be recorded (%s it is): it is recorded once the store is back, and never bought again',
    async (when) => {
      const back = world.failpoints[when]('movePurchase:ACCEPTED', away);
      const bought = world.buy('k');
      await world.settle();
      world.accept(0, 'task');
      expect(await world.standing(bought)).toBe('pending');
      await world.settle(ANSWER_WITHIN_MS);
      expect(await world.standing(bought)).toBe('OutcomeUnknownError');
      await world.settle(30_000);
      back();
      expect(JSON.stringify(world.logs)).not.toMatch(/recorded after all/);
      await world.settle(1100);
      expect(JSON.stringify(world.logs)).toMatch(
        /"job":"task"[^}]*},"An outcome was recorded after/,
      );
      expect(await world.standing(world.buy('k'))).toBe('task');
      expect(world.creates.length).toBe(1);
    },
  );

  it.each([
    ['REJECTED', refused],
    ['NOT_SENT', { outcome: 'unavailable', pauseMs: null }],
  ] as const)(
    'when %s is to be recorded: the key is free once it is',
    async (state, submission) => {
      world.failpoints.before(`movePurchase:${state}`, once(away));
      const bought = world.buy('k');
      await world.settle();
      world.creates[0]?.answer(submission);
      expect(await world.standing(bought)).toBe('pending');
      await world.settle(1100);
      expect(await world.standing(bought)).toMatch(/BillingError|AkoolUnavailableError/);
      expect(await world.standing(world.resultOf('k'))).toBe(null);
    },
  );

  it('for an hour: the task is recorded all the same, and the log named it in any case', async () => {
    const back = world.failpoints.before('movePurchase:ACCEPTED', away);
    const bought = world.buy('k');
    await world.settle();
    world.creates[0]?.answer({ outcome: 'accepted', observation: world.have('task-to-name') });
    await world.settle(3_600_000);
    expect(await world.standing(bought)).toBe('OutcomeUnknownError');
    expect(JSON.stringify(world.logs)).toMatch(/task-to-name.*An outcome cannot be recorded/);
    back();
    await world.settle(1100);
    expect(await world.standing(world.buy('k'))).toBe('task-to-name');
    expect(world.creates.length).toBe(1);
  });

  it('until the process ends: the key stays held', async () => {
    world.failpoints.before('movePurchase:ACCEPTED', away);
    world.buy('k').catch(() => undefined);
    await world.settle();
    world.creates[0]?.answer({ outcome: 'accepted', observation: world.have('task') });
    await world.settle(5000);
    await world.crash();
    expect(await world.standing(world.buy('k'))).toBe('OutcomeUnknownError');
    expect(world.creates.length).toBe(1);
  });
});

describe('a request that fails inside the gateway', () => {
  it('after the record said that it may be on the wire holds the key', async () => {
    const bought = world.buy('k');
    await world.settle();
    world.creates[0]?.fail(new RangeError('a defect'));
    expect(await world.standing(bought)).toBe('OutcomeUnknownError');
    expect(await world.standing(world.buy('k'))).toBe('OutcomeUnknownError');
    expect((await world.store.readPurchase(KEY))?.state).toBe('UNKNOWN');
    expect(world.creates.length).toBe(1);
  });

  it('because somebody else moved its record frees nothing and sends nothing', async () => {
    world.failpoints.before('movePurchase:SENDING', async () => {
      const [mine] = await world.store.listPurchases(['RESERVED']);
      if (mine) await world.store.movePurchase(mine, ['RESERVED'], 'NOT_SENT');
    });
    expect(await world.standing(world.buy('k'))).not.toBe('pending');
    expect(world.creates).toEqual([]);
  });
});

describe('an upstream that uses an id twice', () => {
  it('makes two purchases that have the same job: both keys are used', async () => {
    for (const key of ['k', 'l']) {
      const bought = world.buy(key);
      await world.settle();
      world.creates.at(-1)?.answer({ outcome: 'accepted', observation: world.have('task') });
      expect(await world.standing(bought)).toBe('task');
    }
    expect(await world.standing(world.buy('l'))).toBe('task');
    expect(world.creates.length).toBe(2);
  });
});

describe('an answer that names another task than the webhook before it', () => {
  it('is logged, and the record stays', async () => {
    const bought = world.buy('k');
    await world.settle();
    world.have('called');
    await world.ring(world.creates[0]?.token ?? '', 'called', 2);
    expect(await world.standing(bought)).toBe('called');
    world.accept(0, 'answered');
    expect(await world.standing(world.buy('k'))).toBe('called');
    expect(JSON.stringify(world.logs)).toMatch(/"answered":"answered","recorded":"called"/);
  });
});

describe('the end of the gateway', () => {
  it('waits for creates under way, but no longer than 15 s; the record is UNKNOWN at the next start', async () => {
    void world.buy('answered').catch(() => undefined);
    void world.buy('hanging').catch(() => undefined);
    await world.settle();
    let ended = false;
    const end = world.heart.stop().then(() => {
      ended = true;
    });
    await world.settle(1000);
    world.accept(0, 'task');
    await world.settle(10_000);
    expect(ended).toBe(false);
    await world.settle(5000);
    await end;
    await world.crash();
    expect(await world.standing(world.resultOf('answered'))).toBe('task');
    expect(await world.standing(world.resultOf('hanging'))).toBe('OutcomeUnknownError');
    expect(world.tasks.get('task')?.sourceVideoUrl).toBe(VIDEO);
  });
});
