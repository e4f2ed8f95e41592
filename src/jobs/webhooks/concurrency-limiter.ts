/** Lets so much work go on at a time; what comes meanwhile waits, first come first served. */
export interface ConcurrencyLimiter {
  /** Settles as the work does. Rejects, with the work not begun, once this is closed. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Nothing begins any more. */
  close(): void;
}

interface Waiter {
  readonly begin: () => void;
  readonly refuse: (error: Error) => void;
}

/** A limiter of `most` at a time, with nothing going on. */
export function createConcurrencyLimiter(most: number): ConcurrencyLimiter {
  const waiters: Waiter[] = [];
  let within = 0;
  let closed = false;

  const refusal = (): Error => new Error('The gateway stops.');
  const enter = async (): Promise<void> => {
    if (closed) throw refusal();
    if (within >= most) {
      // Whoever leaves hands on the place.
      await new Promise<void>((begin, refuse) => waiters.push({ begin, refuse }));
    } else {
      within += 1;
    }
  };
  const leave = (): void => {
    const next = waiters.shift();
    if (next === undefined) within -= 1;
    else next.begin();
  };

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    close() {
      closed = true;
      for (const { refuse } of waiters.splice(0)) refuse(refusal());
    },
  };
}
