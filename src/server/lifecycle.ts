import type { Log } from '../runtime/log.ts';

/** The signals that ask a process to end: the first from a supervisor, the second from a keyboard. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The part of `process` that matters here. */
export interface SignalledProcess {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * On the first signal calls `stop` and exits with 0 when it resolves, with 1 when it rejects; on a second signal exits with 1
 * at once. Returns a function that stops listening for signals.
 */
export function stopOnSignals(options: {
  readonly process: SignalledProcess;
  readonly stop: () => Promise<void>;
  readonly log: Log;
}): () => void {
  const { process, stop, log } = options;
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) {
      log.warn({}, 'Second signal: exiting at once');
      process.exit(1);
      return;
    }
    stopping = true;
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
