import { expect, it } from 'vitest';
import { createBatch } from '../../src/runtime/batch.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

/** A batch whose runs end when told to, and the runs it made as [when, items]. */
function start(options: { gatherMs: number; restMs?: number }) {
  const clock = createManualClock();
  const begunAt = clock.now();
  const runs: [number, number[]][] = [];
  const endings: (() => void)[] = [];
  const batch = createBatch<number>({
    clock,
    ...options,
    run(items) {
      runs.push([clock.now() - begunAt, items]);
      return new Promise((resolve) => endings.push(resolve));
    },
  });
  return { clock, runs, batch, endRun: () => endings.shift()?.() };
}

it('gathers what comes within the time from the first item, in order', async () => {
  const { clock, runs, batch } = start({ gatherMs: 10 });
  batch.add([1, 2]);
  await clock.advance(5);
  batch.add([3]);
  await clock.advance(4);
  expect(runs).toEqual([]);
  await clock.advance(1);
  expect(runs).toEqual([[10, [1, 2, 3]]]);
});

it('has one run at a time, and gathers meanwhile', async () => {
  const { clock, runs, batch, endRun } = start({ gatherMs: 10 });
  batch.add([1]);
  await clock.advance(10);
  batch.add([2]);
  await clock.advance(50);
  batch.add([3]);
  expect(runs).toHaveLength(1);
  endRun();
  await clock.advance(9);
  expect(runs).toHaveLength(1);
  await clock.advance(1);
  expect(runs[1]?.[1]).toEqual([2, 3]);
});

it('rests between the beginnings of two runs', async () => {
  const { clock, runs, batch, endRun } = start({ gatherMs: 0, restMs: 20 });
  batch.add([1]);
  await clock.advance(0);
  endRun();
  await clock.advance(5);
  batch.add([2]);
  await clock.advance(14);
  expect(runs).toEqual([[0, [1]]]);
  await clock.advance(1);
  expect(runs).toEqual([
    [0, [1]],
    [20, [2]],
  ]);
});

it('has ended when nothing is gathered and no run goes on', async () => {
  const { clock, batch, endRun } = start({ gatherMs: 10 });
  let ended = false;
  batch.add([1]);
  const ending = batch.ended().then(() => {
    ended = true;
  });
  await clock.advance(10);
  expect(ended).toBe(false);
  endRun();
  await ending;
  await batch.ended();
});

it('forgets what is gathered when it is stopped, and takes nothing any more', async () => {
  const { clock, runs, batch } = start({ gatherMs: 10 });
  batch.add([1]);
  batch.stop();
  batch.add([2]);
  await clock.advance(100);
  expect(runs).toEqual([]);
  await batch.ended();
});
