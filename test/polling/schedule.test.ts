import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pollInterval } from '../../src/jobs/polling/schedule.ts';

const pace = { minMs: 2000, maxMs: 30_000 };
const middle = () => 0.5;
const young = { ageMs: 0, failures: 0, isWatched: false, hasWebhook: false };

it('begins with the shortest interval and grows with age to the longest', () => {
  expect(pollInterval(young, pace, middle)).toBe(2000);
  expect(pollInterval({ ...young, ageMs: 60_000 }, pace, middle)).toBe(6000);
  expect(pollInterval({ ...young, ageMs: 3_600_000 }, pace, middle)).toBe(30_000);
});

it('doubles with each failure', () => {
  expect(pollInterval({ ...young, failures: 3 }, pace, middle)).toBe(16_000);
});

it('is the longest while a webhook is awaited and nobody watches', () => {
  expect(pollInterval({ ...young, hasWebhook: true }, pace, middle)).toBe(30_000);
});

const HOUR = 60 * 60 * 1000;

it.each([
  [2 * HOUR, 30_000],
  [2 * HOUR + 10 * 60_000, 60_000],
  [7 * HOUR, HOUR / 2],
  [12 * HOUR, HOUR],
  [1000 * HOUR, HOUR],
])('a job of %d ms that nobody watches is looked at each %d ms', (ageMs, interval) => {
  expect(pollInterval({ ...young, ageMs }, pace, middle)).toBe(interval);
  expect(pollInterval({ ...young, ageMs, hasWebhook: true }, pace, middle)).toBe(interval);
  const watched = { ...young, ageMs, isWatched: true, hasWebhook: true };
  expect(pollInterval(watched, pace, middle)).toBe(pace.maxMs);
});

it('a pace that is rarer still is kept', () => {
  const rare = { minMs: 2000, maxMs: 3 * HOUR };
  expect(pollInterval({ ...young, ageMs: 100 * HOUR }, rare, middle)).toBe(3 * HOUR);
});

it('never leaves the pace', () => {
  const subject = fc.record({
    ageMs: fc.integer({ min: -1_000_000, max: 2 * HOUR }),
    failures: fc.nat(100),
    isWatched: fc.boolean(),
    hasWebhook: fc.boolean(),
  });
  fc.assert(
    fc.property(subject, fc.double({ min: 0, max: 0.999, noNaN: true }), (job, random) => {
      const interval = pollInterval(job, pace, () => random);
      expect(interval).toBeGreaterThanOrEqual(pace.minMs);
      expect(interval).toBeLessThanOrEqual(pace.maxMs);
    }),
  );
});
