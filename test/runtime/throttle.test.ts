import { beforeEach, describe, expect, it } from 'vitest';
import { createThrottle, type Throttle } from '../../src/runtime/throttle.ts';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';

const EVERY_MS = 1000;

let clock: ManualClock;
let throttle: Throttle<void>;
/** When each run began, and what ends it. */
let runs: { readonly at: number; readonly end: (error?: Error) => void }[];

beforeEach(() => {
  clock = createManualClock(0);
  throttle = createThrottle<void>(clock, EVERY_MS);
  runs = [];
});

const work = (): Promise<void> =>
  new Promise((resolve, reject) => {
    runs.push({
      at: clock.now(),
      end: (error) => (error === undefined ? resolve() : reject(error)),
    });
  });

const ask = (name = 'a'): { readonly state: () => string } => {
  let state = 'waiting';
  throttle.run(name, work).then(
    () => {
      state = 'done';
    },
    (error: unknown) => {
      state = String(error);
    },
  );
  return { state: () => state };
};

describe('a throttle', () => {
  it('begins at once, and again no sooner than after the interval', async () => {
    for (const at of [0, 100, 900]) {
      await clock.advance(at - clock.now());
      ask();
    }
    await clock.advance(10_000);
    for (const run of runs) run.end();
    ask();
    await clock.advance(0);
    expect(runs.map(({ at }) => at)).toEqual([0, 1000, 10_900]);
  });

  it('gives a run to all who asked before it began, and to nobody who asked later', async () => {
    const first = ask();
    const second = ask();
    await clock.advance(0);
    const late = ask();
    runs[0]?.end();
    await clock.advance(0);
    expect([first, second, late].map(({ state }) => state())).toEqual(['done', 'done', 'waiting']);
    await clock.advance(EVERY_MS);
    runs[1]?.end();
    await clock.advance(0);
    expect(late.state()).toBe('done');
    expect(runs.length).toBe(2);
  });

  it('follows the last who asked with a run, however often that is', async () => {
    for (let time = 0; time < 5000; time += 70) {
      ask();
      await clock.advance(70);
      for (const run of runs) run.end();
    }
    const lastAskedAt = clock.now();
    ask();
    await clock.advance(EVERY_MS);
    const beginnings = runs.map(({ at }) => at);
    expect(beginnings.at(-1)).toBeGreaterThanOrEqual(lastAskedAt);
    for (const [index, at] of beginnings.slice(1).entries()) {
      expect(at - (beginnings[index] ?? 0)).toBeGreaterThanOrEqual(EVERY_MS);
    }
  });

  it('keeps names apart', async () => {
    ask('a');
    ask('b');
    await clock.advance(0);
    expect(runs.map(({ at }) => at)).toEqual([0, 0]);
  });

  it('tells a failure to all who shared it, and to nobody after', async () => {
    const sharing = [ask(), ask()];
    await clock.advance(0);
    runs[0]?.end(new Error('away'));
    const next = ask();
    await clock.advance(EVERY_MS);
    runs[1]?.end();
    await clock.advance(0);
    expect(sharing.map(({ state }) => state())).toEqual(['Error: away', 'Error: away']);
    expect(next.state()).toBe('done');
  });

  it('when stopped begins nothing any more, and waits for what is under way', async () => {
    ask();
    await clock.advance(0);
    const waiting = ask();
    let stopped = false;
    const stopping = throttle.stop().then(() => {
      stopped = true;
    });
    await clock.advance(10 * EVERY_MS);
    expect([stopped, runs.length]).toEqual([false, 1]);
    runs[0]?.end(new Error('away'));
    await stopping;
    expect(waiting.state()).toBe('waiting');
  });
});
