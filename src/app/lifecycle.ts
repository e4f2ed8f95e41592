import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';

/**
 * The signals that ask a process to end: the first from a supervisor, the second from a keyboard.
 */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type Signal = (typeof SIGNALS)[number];

/**
 * Under npm a signal to the whole process group comes twice: from the terminal or the supervisor
 * that sends it, and handed on by npm. Who means a second one waits longer than this, in
 * milliseconds.
 */
const ECHO_MS = 2_000;

/** The part of `process` that matters here. */
export interface SignalledProcess {
  on(signal: Signal, listener: (signal: Signal) => void): unknown;
  off(signal: Signal, listener: (signal: Signal) => void): unknown;
  exit(code: number): void;
}

/**
 * On the first signal calls `stop` and exits with 0 when it resolves, with 1 when it rejects; on a
 * second signal exits with 1 at once, unless it is the echo of the first. Returns a function that
 * stops listening for signals.
 */
export function stopOnSignals(options: {
  readonly process: SignalledProcess;
  readonly stop: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}): () => void {
  const { process, stop, clock, log } = options;
  let first: { readonly signal: string; readonly at: number } | null = null;
  const onSignal = (signal: Signal): void => {
    if (first !== null) {
      if (first.signal === signal && clock.now() - first.at < ECHO_MS) return;
      log.warn({}, 'Second signal: exiting at once');
      process.exit(1);
      return;
    }
    first = { signal, at: clock.now() };
    log.info({}, 'Stopping: running requests finish first');
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'Stopping failed');
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
