import { OperationTypeNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { DeadlineError, within } from '../../src/server/operations/execution.ts';
import { executionLimits } from '../../src/server/limits.ts';
import { measureLoopDelay, watchOverload } from '../../src/server/load/overload.ts';
import { createPersistedOperations } from '../../src/server/operations/persisted/persisted-operations.ts';
import { createRateLimits } from '../../src/server/operations/rate-limits.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { until } from '../support/processes/until.ts';

const { QUERY, MUTATION, SUBSCRIPTION } = OperationTypeNode;

describe('rate limits', () => {
  const setUp = () => {
    const clock = createManualClock();
    const rate = { perSecond: 10, burst: 3 };
    const rates = { query: rate, mutation: { perSecond: 0.5, burst: 1 }, subscription: rate };
    return { clock, limits: createRateLimits(rates, clock) };
  };

  it('allow a burst, then the rate, and say how long to wait', async () => {
    const { clock, limits } = setUp();
    const take = () => limits.take('a', QUERY);
    expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 1]);
    await clock.advance(100);
    expect([take(), take()]).toEqual([0, 1]);
    expect([limits.take('a', MUTATION), limits.take('a', MUTATION)]).toEqual([0, 2]);
    await clock.advance(60_000);
    expect([take(), take(), take(), take()]).toEqual([0, 0, 0, 1]);
  });

  it('keep teams and kinds apart', () => {
    const { limits } = setUp();
    for (let n = 0; n < 4; n += 1) limits.take('a', QUERY);
    expect(limits.take('a', SUBSCRIPTION)).toBe(0);
    expect(limits.take('b', QUERY)).toBe(0);
    expect(limits.take('a', QUERY)).toBe(1);
  });

  it('are not fooled by a clock that is set back', () => {
    let now = 1_000_000;
    const clock = { now: () => now, after: () => () => {} };
    const rate = { perSecond: 1, burst: 2 };
    const limits = createRateLimits({ query: rate, mutation: rate, subscription: rate }, clock);
    expect([limits.take('a', QUERY), limits.take('a', QUERY)]).toEqual([0, 0]);
    now -= 500_000;
    expect(limits.take('a', QUERY)).toBe(1);
    now += 1_000;
    expect([limits.take('a', QUERY), limits.take('a', QUERY)]).toEqual([0, 1]);
  });
});

describe('overload', () => {
  const limits = { overloadMs: 100, overloadWindowMs: 1_000, overloadWindows: 3 };

  it('is several bad windows in a row, and ends with one good one', async () => {
    const clock = createManualClock();
    const delays = [200, 200, 0, 200, 200, 200, 200, 0, 200];
    const seen: boolean[] = [];
    const loopDelay = { read: () => delays.shift() ?? 0, stop: () => {} };
    const overload = watchOverload({ loopDelay, clock, limits });
    while (delays.length > 0) {
      await clock.advance(1_000);
      seen.push(overload.shedding);
    }
    expect(seen).toEqual([false, false, false, false, false, true, true, false, false]);
    overload.stop();
    expect(clock.timers()).toBe(0);
  });

  it('is measured at the event loop: turns that take long show in every reading, and no longer than they last', async () => {
    const delay = measureLoopDelay();
    const readings: number[] = [];
    const block = (milliseconds: number): void =>
      void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      block(400);
      readings.push(delay.read());
    }
    for (const reading of readings) expect(reading).toBeGreaterThan(100);
    await until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      return delay.read() < 100;
    });
    delay.stop();
  });
});

describe('within', () => {
  it('gives what comes in time, and what fails in time', async () => {
    const clock = createManualClock();
    expect(await within(Promise.resolve(1), 10, clock)).toBe(1);
    await expect(within(Promise.reject(new Error('no')), 10, clock)).rejects.toThrow('no');
    expect(clock.timers()).toBe(0);
  });

  it('rejects what comes too late, hands it over then, and drops a late failure', async () => {
    const clock = createManualClock();
    const late: number[] = [];
    let resolve = (_value: number): void => {};
    let reject = (_error: Error): void => {};
    const slow = new Promise<number>((done) => (resolve = done));
    const failing = new Promise<number>((_done, fail) => (reject = fail));
    const results = Promise.allSettled([
      within(slow, 10, clock, (value) => late.push(value)),
      within(failing, 10, clock, (value) => late.push(value)),
    ]);
    await clock.advance(10);
    for (const result of await results) {
      expect(result).toMatchObject({ reason: expect.any(DeadlineError) });
    }
    resolve(7);
    reject(new Error('late'));
    await clock.advance(0);
    expect(late).toEqual([7]);
  });
});

describe('the deadlines', () => {
  it('follow from how long AKOOL is waited for, and are never too short for the store', () => {
    expect(executionLimits(10_000)).toEqual({ queryMs: 40_000, mutationMs: 100_000 });
    expect(executionLimits(1)).toEqual({ queryMs: 10_000, mutationMs: 30_000 });
  });
});

describe('persisted operations', () => {
  const text =
    'query A($a: Int, $b: Int) { one(x: $a, y: $b) { p q ... on T { r s } } two @include(if: true) @skip(if: false) }';
  const mutation = 'mutation M { first second { b a } }';
  const persisted = createPersistedOperations({ abc: text, def: mutation });
  const has = (source: string): boolean => persisted.includes(parse(source));

  it('go by their ids, with or without the name of the hash', () => {
    expect(persisted.textOf('abc')).toBe(text);
    expect(persisted.textOf('sha256:abc')).toBe(text);
    for (const id of ['', 'abcd', 'sha256:', '__proto__', 'constructor']) {
      expect(persisted.textOf(id)).toBeNull();
    }
  });

  it('are known in any layout and any order that means nothing', () => {
    expect(has(text)).toBe(true);
    expect(
      has(`# a comment
        query A($b: Int, $a: Int,) {
          two @include(if: true) @skip(if: false),
          one(y: $b, x: $a) { ... on T { s r } q p }
        }`),
    ).toBe(true);
    expect(has('mutation M { first second { a b } }')).toBe(true);
  });

  it('are not known when anything else differs', () => {
    for (const source of [
      text.replace('p q', 'p'),
      text.replace('p q', 'p q p'),
      text.replace('A(', 'B('),
      text.replace('$b: Int', '$b: Int = 1'),
      text.replace('x: $a, y: $b', 'x: $b, y: $a'),
      text.replace('@include(if: true) @skip(if: false)', '@skip(if: false) @include(if: true)'),
      text.replace('on T', 'on U'),
      text.replace('two', 'two: one'),
      `${text} query C { two }`,
      'mutation M { second { a b } first }',
      'query M { first second { a b } }',
    ]) {
      expect([source, has(source)]).toEqual([source, false]);
    }
  });
});
