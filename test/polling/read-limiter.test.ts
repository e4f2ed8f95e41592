import { describe, expect, it } from 'vitest';
import {
  FAILURES_THAT_BREAK,
  ownBudget,
  type ReadBudget,
} from '../../src/jobs/limiting/shared-read-budget.ts';
import { createReadLimiter } from '../../src/jobs/limiting/read-limiter.ts';
import { UpstreamError } from '../../src/upstream/upstream.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

function limiterOf(perSecond: number, budget: ReadBudget = ownBudget) {
  const clock = createManualClock();
  return { clock, limiter: createReadLimiter({ clock, budget, perSecond, patienceMs: 5500 }) };
}

const away = () => Promise.reject(new UpstreamError('unavailable', 'away'));
const limited = (pauseMs: number) => () =>
  Promise.reject(new UpstreamError('unavailable', 'too frequent', { pauseMs }));

describe('the budget', () => {
  it('lets no more than so many reads start in any second', async () => {
    const { clock, limiter } = limiterOf(5);
    const starts: number[] = [];
    const reads = Array.from({ length: 23 }, () =>
      limiter.run(() => Promise.resolve(starts.push(clock.now()))),
    );
    await clock.advance(5000);
    await Promise.all(reads);
    for (const start of starts) {
      const within = starts.filter((other) => other >= start && other < start + 1000);
      expect(within.length).toBeLessThanOrEqual(5);
    }
    expect(starts.length).toBe(23);
  });

  it('tells how long until so many may start', async () => {
    const { clock, limiter } = limiterOf(3);
    expect(limiter.waitMs(3)).toBe(0);
    for (const at of [0, 100, 300]) {
      await clock.advance(at - (clock.now() % 1000));
      await limiter.run(() => Promise.resolve('read'));
    }
    expect([1, 2, 3, 9].map((wanted) => limiter.waitMs(wanted))).toEqual([700, 800, 1000, 1000]);
    await clock.advance(750);
    expect([1, 2, 3].map((wanted) => limiter.waitMs(wanted))).toEqual([0, 50, 250]);
  });

  it('is asked once for reads that begin together', async () => {
    const taken: number[] = [];
    const { limiter } = limiterOf(20, {
      ...ownBudget,
      take(wanted) {
        taken.push(wanted);
        return ownBudget.take(wanted);
      },
    });
    await Promise.all(Array.from({ length: 5 }, () => limiter.run(() => Promise.resolve('read'))));
    await limiter.run(() => Promise.resolve('read'));
    expect(taken).toEqual([5, 1]);
  });

  it('lets reads wait for the probe that is granted to one of them', async () => {
    const probe = { granted: 1, retryInMs: 15_000, isShut: true, failures: FAILURES_THAT_BREAK };
    const taken: number[] = [];
    const { clock, limiter } = limiterOf(20, {
      ...ownBudget,
      take(wanted) {
        taken.push(wanted);
        return taken.length === 1 ? Promise.resolve(probe) : ownBudget.take(wanted);
      },
    });
    const reads = Array.from({ length: 5 }, () => limiter.run(() => Promise.resolve('read')));
    await clock.advance(1_000);
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 5 }, () => 'read'));
    expect(taken).toEqual([5, 4]);
    expect(limiter.waitMs(1)).toBe(0);
  });

  it('gives up on a read that waited too long', async () => {
    const { clock, limiter } = limiterOf(1);
    const reads = Array.from({ length: 20 }, () => limiter.run(() => Promise.resolve('read')));
    const settled = Promise.allSettled(reads);
    await clock.advance(20_000);
    const results = await settled;
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(6);
    expect(results.at(-1)).toMatchObject({ reason: { kind: 'unavailable' } });
    expect(clock.timers()).toBe(0);
  });
});

describe('a pause', () => {
  it('stops everybody for as long as AKOOL says, waiting reads too', async () => {
    const { clock, limiter } = limiterOf(1);
    await expect(limiter.run(limited(3000))).rejects.toThrow('too frequent');
    expect(limiter.room()).toBe(0);
    expect(limiter.waitMs(1)).toBe(3000);
    await expect(limiter.run(() => Promise.resolve('read'))).rejects.toMatchObject({
      kind: 'unavailable',
      pauseMs: 3000,
    });
    await clock.advance(3000);
    await expect(limiter.run(() => Promise.resolve('read'))).resolves.toBe('read');
  });
});

describe('a refusal without a read', () => {
  const read = () => Promise.resolve('read');
  const SLOW_DOWN = { message: 'AKOOL asks to slow down.', kind: 'unavailable', pauseMs: 3000 };

  it('tells a pause, whoever heard of it', async () => {
    const { clock, limiter } = limiterOf(1);
    await expect(limiter.run(limited(3000))).rejects.toThrow('too frequent');
    await expect(limiter.run(read)).rejects.toMatchObject(SLOW_DOWN);
    await clock.advance(3000);
    limiter.pauseFor(3000);
    await expect(limiter.run(read)).rejects.toMatchObject(SLOW_DOWN);

    const paused = { granted: 0, retryInMs: 3000, isShut: true, failures: 0 };
    const elsewhere = limiterOf(1, { ...ownBudget, take: () => Promise.resolve(paused) });
    await expect(elsewhere.limiter.run(read)).rejects.toMatchObject(SLOW_DOWN);
  });

  it('tells that AKOOL is away, whoever found out, also after a pause', async () => {
    const AWAY = { message: 'AKOOL is not reachable right now.', kind: 'unavailable' };
    const { clock, limiter } = limiterOf(100);
    limiter.pauseFor(3000);
    await clock.advance(3000);
    for (let failure = 0; failure < FAILURES_THAT_BREAK; failure += 1)
      await expect(limiter.run(away)).rejects.toThrow('away');
    await expect(limiter.run(read)).rejects.toMatchObject(AWAY);

    const broken = { granted: 0, retryInMs: 1000, isShut: true, failures: FAILURES_THAT_BREAK };
    const elsewhere = limiterOf(1, { ...ownBudget, take: () => Promise.resolve(broken) });
    await expect(elsewhere.limiter.run(read)).rejects.toMatchObject(AWAY);
  });

  it('tells that the budget is spent', async () => {
    const { clock, limiter } = limiterOf(1);
    const settled = Promise.allSettled(Array.from({ length: 20 }, () => limiter.run(read)));
    await clock.advance(20_000);
    expect((await settled).at(-1)).toMatchObject({
      reason: { message: 'Too many reads wait for AKOOL right now.', pauseMs: 1000 },
    });
  });
});

describe('the breaker', () => {
  it('opens after five failures in a row, then lets one probe through at a time', async () => {
    const { clock, limiter } = limiterOf(100);
    for (let failure = 0; failure < 5; failure += 1)
      await expect(limiter.run(away)).rejects.toThrow('away');
    expect(limiter.room()).toBe(0);
    await clock.advance(1000);
    expect(limiter.room()).toBe(1);
    await expect(limiter.run(away)).rejects.toThrow('away');
    await clock.advance(1999);
    expect(limiter.room()).toBe(0);
    await clock.advance(1);
    expect(limiter.room()).toBe(1);
    await limiter.run(() => Promise.resolve('read'));
    expect(limiter.room()).toBe(99);
  });

  it('never waits longer than 15 seconds', async () => {
    const { clock, limiter } = limiterOf(100);
    for (let failure = 0; failure < 5; failure += 1)
      await expect(limiter.run(away)).rejects.toThrow('away');
    for (let probe = 0; probe < 10; probe += 1) {
      await clock.advance(15_000);
      await expect(limiter.run(away)).rejects.toThrow('away');
    }
    expect(limiter.waitMs(1)).toBeLessThanOrEqual(15_000);
  });

  it('does not count answers that AKOOL gave', async () => {
    const { limiter } = limiterOf(100);
    for (let answer = 0; answer < 10; answer += 1) {
      const refused = new UpstreamError('rejected', 'no permission', { akoolCode: 1009 });
      await expect(limiter.run(() => Promise.reject(refused))).rejects.toThrow('no permission');
    }
    expect(limiter.room()).toBe(90);
  });
});
