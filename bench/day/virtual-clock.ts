import type { Clock } from '../../src/runtime/clock.ts';

/** A clock that jumps from one timer to the next. */
export interface VirtualClock extends Clock {
  /** Runs every timer up to `end` (ms since the epoch), each with all that follows from it at once. */
  runUntil(end: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

/** A clock standing at `start`, ms since the epoch. */
export function createVirtualClock(start: number): VirtualClock {
  const heap: Timer[] = [];
  let now = start;
  let order = 0;

  const isBefore = (a: Timer, b: Timer): boolean =>
    a.at < b.at || (a.at === b.at && a.order < b.order);
  const push = (timer: Timer): void => {
    let place = heap.push(timer) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, timer)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = timer;
  };
  const pop = (): Timer | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) child += 1;
      const smaller = heap[child];
      if (smaller === undefined || isBefore(last, smaller)) break;
      heap[place] = smaller;
      place = child;
    }
    heap[place] = last;
    return first;
  };

  return {
    now: () => now,
    after(milliseconds, run) {
      order += 1;
      const timer: Timer = { at: Math.ceil(now + Math.max(0, milliseconds)), order, run };
      push(timer);
      return () => {
        timer.run = null;
      };
    },
    async runUntil(end) {
      for (let next = heap[0]; next !== undefined && next.at <= end; next = heap[0]) {
        pop();
        if (next.run === null) continue;
        now = next.at;
        next.run();
        // Whatever does not wait for a timer happens now.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
  };
}
