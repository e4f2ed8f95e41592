import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pollInterval } from '../../src/jobs/polling/schedule.ts';

const pace = { minMs: 2000, maxMs: 30_000 };
const middle = () => 0.5;
const young = { ageMs: 0, failures: 0, netOnly: false };

it('begins with the shortest interval and grows with age to the longest', () => {
  expect(pollInterval(young, pace, middle)).toBe(2000);
  expect(pollInterval({ ...young, ageMs: 60_000 }, pace, middle)).toBe(6000);
  expect(pollInterval({ ...young, ageMs: 3_600_000 }, pace, middle)).toBe(30_000);
});

it('doubles with each failure', () => {
  expect(pollInterval({ ...young, failures: 3 }, pace, middle)).toBe(16_000);
});

it('is the longest while a webhook is awaited and nobody watches', () => {
  expect(pollInterval({ ...young, netOnly: true }, pace, middle)).toBe(30_000);
});

it('never leaves the pace', () => {
  const subject = fc.record({
    ageMs: fc.integer({ min: -1_000_000, max: 1_000_000_000 }),
    failures: fc.nat(100),
    netOnly: fc.boolean(),
  });
  fc.assert(
    fc.property(subject, fc.double({ min: 0, max: 0.999, noNaN: true }), (job, random) => {
      const interval = pollInterval(job, pace, () => random);
      expect(interval).toBeGreaterThanOrEqual(pace.minMs);
      expect(interval).toBeLessThanOrEqual(pace.maxMs);
    }),
  );
});
