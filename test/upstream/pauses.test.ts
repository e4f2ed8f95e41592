import { describe, expect, test } from 'vitest';
import { pauseAskedFor } from '../../src/upstream/retry-after.ts';
import { createRetryBudget } from '../../src/upstream/reading/retry-budget.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-05-15T00:46:59.000Z');
  test.each([
    ['7', 7_000],
    [' 30 ', 30_000],
    ['0', 1_000],
    ['3600', 60_000],
    ['9'.repeat(400), 60_000],
    ['Fri, 15 May 2026 00:47:09 GMT', 10_000],
    ['Friday, 15-May-26 00:47:09 GMT', 10_000],
    ['Fri, 15 May 2026 00:00:00 GMT', 1_000],
    ['Fri, 15 May 2099 00:00:00 GMT', 60_000],
    [null, 5_000],
    ['', 5_000],
    ['soon', 5_000],
    ['-3', 5_000],
    ['1.5', 5_000],
    ['1e3', 5_000],
  ])('%s asks for %d ms', (header, pause) => {
    expect(pauseAskedFor(header, now)).toBe(pause);
  });
});

describe('the retry budget', () => {
  test('lets an isolated failure have both its retries', () => {
    const budget = createRetryBudget();
    expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
  });

  test('never exceeds a tenth of 100 reads or more, and is not saved up', () => {
    const budget = createRetryBudget();
    for (let i = 0; i < 10_000; i += 1) budget.earn();
    for (const reads of [100, 1_000]) {
      let retries = 0;
      for (let read = 0; read < reads; read += 1) {
        budget.earn();
        while (budget.spend()) retries += 1;
      }
      expect(retries).toBeGreaterThan(0);
      expect(retries).toBeLessThanOrEqual(reads * 0.1);
    }
  });
});
