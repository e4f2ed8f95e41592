/** Takes a timer back. Calling it again, or after the timer ran, does nothing. */
export type CancelTimer = () => void;

/** Time as the sandbox sees it. */
export interface SandboxClock {
  /** Now, in milliseconds since the epoch. */
  now(): number;
  /**
   * Runs `run` once, `milliseconds` from now; at most 24 days.
   * The timer does not keep the process alive.
   */
  after(milliseconds: number, run: () => void): CancelTimer;
}

/** The machine's clock and timers. */
export const machineClock: SandboxClock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.max(0, milliseconds)).unref();
    return () => clearTimeout(timer);
  },
};
