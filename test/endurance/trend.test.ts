import { expect, it } from 'vitest';
import { hasGrown, trendOf } from '../../scripts/soak/trend.ts';

/** Values at whole hours. */
const hourly = (values: readonly number[]) => values.map((value, at) => ({ at, value }));

it('a line through samples has their slope, and a margin as wide as their noise', () => {
  expect(trendOf(hourly([5, 7, 9, 11]))).toEqual({ slope: 2, margin: 0 });
  // By hand: residuals of ±1 around a flat line; spread 10, variance 4.8 / 3.
  const noisy = trendOf(hourly([1, -1, 1, -1, 1]));
  expect(noisy.slope).toBeCloseTo(0);
  expect(noisy.margin).toBeCloseTo(1.96 * Math.sqrt(4.8 / 3 / 10));
  expect(trendOf(hourly([1, 9])).margin).toBe(Infinity);
});

it('what comes and goes has not grown; what is never small again has', () => {
  expect(hasGrown([3, 5, 4, 3, 9, 3, 5, 4, 9, 3, 5, 4])).toBe(false);
  expect(hasGrown([3, 5, 4, 3, 6, 6, 7, 7, 8, 6, 7, 8])).toBe(true);
  expect(hasGrown([3, 5, 8])).toBe(false);
});
