import type { Clock } from '../../../src/runtime/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and runs what became due, in order. */
  advance(milliseconds: number): void;
  /** Timers that wait. */
  readonly pending: number;
}

/** Time that moves only when told to. */
export function createManualClock(start = 1_800_000_000_000): ManualClock {
  let now = start;
  const timers = new Set<{ readonly due: number; readonly run: () => void }>();
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { due: now + Math.max(0, milliseconds), run };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const due = [...timers].filter((timer) => timer.due <= end);
        const next = due.sort((a, b) => a.due - b.due)[0];
        if (next === undefined) break;
        now = next.due;
        timers.delete(next);
        next.run();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}
