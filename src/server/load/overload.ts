import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import { clientError, type ClientError } from '../client-error.ts';
import type { ServerLimits } from '../limits.ts';

/**
 * Whether the process is so far behind that new work would only delay what already runs.
 *
 * The sign is the delay of the event loop: how much later than asked for its timers run. It grows
 * with everything that this process has to do, whatever the cause, and existing subscriptions wait
 * exactly as long. Looked at once per window; new work is shed after several windows in a row were
 * bad, and taken again after the first good one, so that one long task (a page built, a process
 * that was stopped and goes on) sheds nothing.
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

/** How often the event loop is asked to come by, in ms. */
const SAMPLE_MS = 100;

/**
 * The event loop of this process. Node's own histogram of it will not do: being reset it forgets
 * the delay under way, so that under steady long turns every reading would be empty.
 */
export function measureLoopDelay(): LoopDelay {
  let samples = 0;
  let total = 0;
  let expected = performance.now() + SAMPLE_MS;
  const late = (): number => Math.max(0, performance.now() - expected);
  const timer = setInterval(() => {
    samples += 1;
    total += late();
    expected = performance.now() + SAMPLE_MS;
  }, SAMPLE_MS).unref();
  return {
    read() {
      const mean = samples === 0 ? late() : total / samples;
      samples = 0;
      total = 0;
      return mean;
    },
    stop: () => clearInterval(timer),
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

/** Why no new work is taken now; null: it is. */
export type LoadRefusal = () => ClientError | null;

/** What tells of the process that it takes no new work. */
export interface LoadRefusalParts {
  readonly overload: Overload;
  readonly isDraining: () => boolean;
  readonly limits: Pick<ServerLimits, 'overloadRetrySeconds' | 'drainRetrySeconds'>;
}

/** The errors are made once: whoever sends too much is not to cost much. */
export function createLoadRefusal({ overload, isDraining, limits }: LoadRefusalParts): LoadRefusal {
  const overloaded = overloadedError(limits);
  const goingAway = goingAwayError(limits);
  return () => {
    if (isDraining()) return goingAway;
    return overload.shedding ? overloaded : null;
  };
}

/** The process is too far behind to begin anything. */
export function overloadedError(limits: Pick<ServerLimits, 'overloadRetrySeconds'>): ClientError {
  const retryAfterSeconds = limits.overloadRetrySeconds;
  return clientError('UNAVAILABLE', 'The gateway is overloaded.', { retryAfterSeconds });
}

/** The process ends; another one takes its place. */
export function goingAwayError(limits: Pick<ServerLimits, 'drainRetrySeconds'>): ClientError {
  const retryAfterSeconds = limits.drainRetrySeconds;
  return clientError('UNAVAILABLE', 'The gateway is going away.', { retryAfterSeconds });
}
