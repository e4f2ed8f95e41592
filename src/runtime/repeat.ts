import type { CancelTimer, Clock } from './clock.ts';

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

/** Begins to repeat. Times never overlap. The returned function ends it, but not the time under way. */
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
