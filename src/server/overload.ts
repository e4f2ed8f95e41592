import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { ServerLimits } from './limits.ts';

/**
 * Whether the process is so far behind that new work would only delay what already runs.
 *
 * The sign is the delay of the event loop: how much later than asked for its timers run. It grows with everything that this
 * process has to do, whatever the cause, and existing subscriptions wait exactly as long. Looked at once per window; new work is
 * shed after several windows in a row were bad, and taken again after the first good one, so that one long task (a page built,
 * a process that was stopped and goes on) sheds nothing.
 */
export interface Overload {
  readonly shedding: boolean;
  stop(): void;
}

/** Reads the mean delay of the event loop since it was last asked, in ms. */
export interface LoopDelay {
  read(): number;
  stop(): void;
}

/** How often Node samples, in ms; its default of 10 costs twice as many wake-ups for nothing here. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e6;

/** The event loop of this process. */
export function measureLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    read() {
      // Not a number while there are no samples.
      const mean = histogram.count === 0 ? 0 : histogram.mean / NANOSECONDS;
      histogram.reset();
      return mean;
    },
    stop: () => histogram.disable(),
  };
}

/** Begins to watch. */
export function watchOverload(options: {
  readonly loopDelay: LoopDelay;
  readonly clock: Clock;
  readonly limits: Pick<ServerLimits, 'overloadMs' | 'overloadWindowMs' | 'overloadWindows'>;
}): Overload {
  const { loopDelay, clock, limits } = options;
  let badInARow = 0;
  let cancel: CancelTimer = () => {};
  const look = (): void => {
    badInARow = loopDelay.read() > limits.overloadMs ? badInARow + 1 : 0;
    cancel = clock.after(limits.overloadWindowMs, look);
  };
  cancel = clock.after(limits.overloadWindowMs, look);
  return {
    get shedding() {
      return badInARow >= limits.overloadWindows;
    },
    stop() {
      cancel();
      loopDelay.stop();
    },
  };
}
