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

/** So many whole seconds that at least these milliseconds have passed after them. */
export function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/**
 * Resolves so many milliseconds from now, at once when that is zero or less. It cannot be taken
 * back.
 */
export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.after(milliseconds, resolve));
}

/** Work that is done again and again. */
export interface RepeatOptions {
  readonly clock: Clock;
  /** From the end of one time to the beginning of the next, in milliseconds. */
  readonly everyMs: number;
  /** Before the first time. Default: `everyMs`. */
  readonly firstMs?: number;
  readonly work: () => Promise<unknown>;
  /** Is told why a time failed; the next one comes all the same. */
  readonly onError: (error: unknown) => void;
}

/**
 * Begins to repeat. Times never overlap. The returned function ends it, but not the time under way.
 */
export function repeat({ clock, everyMs, firstMs, work, onError }: RepeatOptions): CancelTimer {
  let cancel: CancelTimer = () => undefined;
  let stopped = false;
  const plan = (milliseconds: number): void => {
    cancel = clock.after(milliseconds, () => {
      work()
        .catch(onError)
        .finally(() => {
          if (!stopped) plan(everyMs);
        });
    });
  };
  plan(firstMs ?? everyMs);
  return () => {
    stopped = true;
    cancel();
  };
}

/** A number in [0, 1), like `Math.random`. Tests pass a seeded one. */
export type Random = () => number;
