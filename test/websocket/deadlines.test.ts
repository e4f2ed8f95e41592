import { expect, it } from 'vitest';
import { Deadlines } from '../../src/server/websocket/deadlines.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

const LIMIT_MS = 3_000;

function createDeadlines() {
  const clock = createManualClock(0);
  const missed: string[] = [];
  const deadlines = new Deadlines<string>(clock, LIMIT_MS, (member) => {
    missed.push(`${member} at ${clock.now()}`);
  });
  return { clock, missed, deadlines };
}

it('each is missed when its own time is over, by one timer', async () => {
  const { clock, missed, deadlines } = createDeadlines();
  deadlines.add('a');
  await clock.advance(1_000);
  deadlines.add('b');
  deadlines.add('c');
  expect(clock.timers()).toBe(1);
  await clock.advance(LIMIT_MS);
  expect(missed).toEqual(['a at 3000', 'b at 4000', 'c at 4000']);
  expect(clock.timers()).toBe(0);
});

it('who is deleted is not missed, and others are in time all the same', async () => {
  const { clock, missed, deadlines } = createDeadlines();
  deadlines.add('a');
  await clock.advance(2_000);
  deadlines.add('b');
  deadlines.delete('a');
  deadlines.delete('nobody');
  await clock.advance(2_999);
  expect(missed).toEqual([]);
  await clock.advance(1);
  expect(missed).toEqual(['b at 5000']);
});

it('whoever is told of one may delete and add others', async () => {
  const clock = createManualClock(0);
  const missed: string[] = [];
  const deadlines = new Deadlines<string>(clock, LIMIT_MS, (member) => {
    missed.push(`${member} at ${clock.now()}`);
    deadlines.delete('b');
    if (member === 'a') deadlines.add('c');
  });
  deadlines.add('a');
  deadlines.add('b');
  await clock.advance(2 * LIMIT_MS);
  expect(missed).toEqual(['a at 3000', 'c at 6000']);
  expect(clock.timers()).toBe(0);
});

it('keeps no timer when the last is deleted', async () => {
  const { clock, missed, deadlines } = createDeadlines();
  deadlines.add('a');
  deadlines.add('b');
  deadlines.delete('a');
  expect(clock.timers()).toBe(1);
  deadlines.delete('b');
  expect(clock.timers()).toBe(0);
  await clock.advance(1_000);
  deadlines.add('c');
  await clock.advance(LIMIT_MS);
  expect(missed).toEqual(['c at 4000']);
});

it('nobody is missed after a clear', async () => {
  const { clock, missed, deadlines } = createDeadlines();
  deadlines.add('a');
  deadlines.clear();
  expect(clock.timers()).toBe(0);
  await clock.advance(LIMIT_MS);
  expect(missed).toEqual([]);
});
