import type { CancelTimer, Clock } from '../../runtime/clock.ts';

/** Who waits for their turn, first come first served, and for how long. */
export interface WaitingLine {
  readonly length: number;
  /**
   * Resolves when it is their turn; rejects when they are refused, or with `tooLate()` after
   * `patienceMs`.
   */
  enter(): Promise<void>;
  /** Lets the first so many go. Returns how many there were. */
  admit(count: number): number;
  refuseAll(error: unknown): void;
}

export interface WaitingLineParts {
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly tooLate: () => Error;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
  readonly cancelPatience: CancelTimer;
}

/** A line with nobody in it. */
export function createWaitingLine({ clock, patienceMs, tooLate }: WaitingLineParts): WaitingLine {
  const waiters: Waiter[] = [];
  return {
    get length() {
      return waiters.length;
    },
    enter: () =>
      new Promise<void>((admit, refuse) => {
        const waiter: Waiter = {
          admit,
          refuse,
          cancelPatience: clock.after(patienceMs, () => {
            const position = waiters.indexOf(waiter);
            if (position === -1) return;
            waiters.splice(position, 1);
            refuse(tooLate());
          }),
        };
        waiters.push(waiter);
      }),
    admit(count) {
      const admitted = waiters.splice(0, count);
      for (const waiter of admitted) {
        waiter.cancelPatience();
        waiter.admit();
      }
      return admitted.length;
    },
    refuseAll(error) {
      for (const waiter of waiters.splice(0)) {
        waiter.cancelPatience();
        waiter.refuse(error);
      }
    },
  };
}
