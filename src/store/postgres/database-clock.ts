import type { Clock } from '../../runtime/clock.ts';

/** A clock that goes by what a database said, and the way to tell it. */
export interface DatabaseClock {
  readonly clock: Clock;
  /**
   * The database's answer to "what time is it", and the monotonic readings in ms when it was asked
   * and when it had answered. Returns how wrong the clock may be after that, in ms.
   */
  readonly learn: (said: number, askedAt: number, answeredAt: number) => number;
}

export interface DatabaseClockParts {
  /** For timers alone; what time it says does not matter. */
  readonly timers: Clock;
  /** Milliseconds since some moment, never set back, as `performance.now()`. */
  readonly monotonic: () => number;
}

/** How far a machine's oscillator goes astray: 200 parts in a million. */
const DRIFT = 2e-4;

/**
 * Knows a database's time without asking each time. Each answer was true at some moment between
 * question and answer; the one that says so most exactly counts, until it has grown less exact than
 * a newer one by drifting. An answer that contradicts it means that the database's clock was set,
 * and counts at once. The machine's own idea of the time plays no part.
 */
export function createDatabaseClock({ timers, monotonic }: DatabaseClockParts): DatabaseClock {
  let offset = 0;
  let error = Infinity;
  let learntAt = 0;
  return {
    clock: {
      now: () => Math.floor(monotonic() + offset),
      after: (milliseconds, run) => timers.after(milliseconds, run),
    },
    learn(said, askedAt, answeredAt) {
      // A whole millisecond stands for all of it.
      const newOffset = said + 0.5 - (askedAt + answeredAt) / 2;
      const newError = (answeredAt - askedAt) / 2 + 0.5;
      const oldError = error + (answeredAt - learntAt) * DRIFT;
      const contradicts = Math.abs(newOffset - offset) > newError + oldError;
      if (newError > oldError && !contradicts) return oldError;
      offset = newOffset;
      error = newError;
      learntAt = answeredAt;
      return error;
    },
  };
}
