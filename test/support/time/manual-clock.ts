import type { Clock } from '../../../src/runtime/clock.ts';

/** A clock that moves only when told to. */
export interface ManualClock extends Clock {
  /** Moves on, running what falls due on the way in order, and lets promises settle between timers. */
  advance(milliseconds: number): Promise<void>;
  /** Sets what time it is, as when a machine's clock is set: timers run as if nothing had happened. */
  set(now: number): void;
  /** How many timers are waiting. */
  timers(): number;
}

/** In so many turns of the event loop a create reaches what it waits for: each commit takes two. */
const TURNS = 12;

/** A clock standing at `start` (ms since the epoch). */
export function createManualClock(start = 1_800_000_000_000): ManualClock {
  let now = start;
  let order = 0;
  const waiting = new Map<number, { at: number; run: () => void }>();

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const nextBefore = (end: number): number | null => {
    let earliest: number | null = null;
    for (const [id, { at }] of waiting) {
      if (at <= end && (earliest === null || at < (waiting.get(earliest)?.at ?? Infinity))) {
        earliest = id;
      }
    }
    return earliest;
  };

  return {
    now: () => now,
    after(milliseconds, run) {
      order += 1;
      const id = order;
      waiting.set(id, { at: now + Math.max(0, milliseconds), run });
      return () => void waiting.delete(id);
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let id = nextBefore(end); id !== null; id = nextBefore(end)) {
        const timer = waiting.get(id);
        waiting.delete(id);
        now = Math.max(now, timer?.at ?? now);
        timer?.run();
        await settle();
      }
      now = end;
      await settle();
    },
    set(to) {
      for (const timer of waiting.values()) timer.at += to - now;
      now = to;
    },
    timers: () => waiting.size,
  };
}
