/** Takes a timer back. Calling it again, or after the timer ran, does nothing. */
export type CancelTimer = () => void;

/** Time as the gateway sees it. Tests pass a clock they move by hand. */
export interface Clock {
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /**
   * Runs `run` once, `milliseconds` from now (at once when that is zero or less).
   * The timer does not keep the process alive.
   */
  after(milliseconds: number, run: () => void): CancelTimer;
}

/** Node's timers overflow beyond 2^31-1 ms (24.8 days) and then fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's clock and timers; durations of any length are honoured. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    let left = Math.max(0, milliseconds);
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const step = Math.min(left, LONGEST_TIMER_MS);
      left -= step;
      timer = setTimeout(() => (left > 0 ? arm() : run()), step).unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
