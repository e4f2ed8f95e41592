import type { CancelTimer, Clock } from './clock.ts';

/**
 * Work on many items at once: what is added while a run waits or goes on is gathered for the next
 * one.
 */
export interface Batch<Item> {
  /** How many items are gathered for the next run. */
  readonly size: number;
  add(items: readonly Item[]): void;
  /** Resolves when nothing is gathered and no run goes on. */
  ended(): Promise<void>;
  /** What is gathered is forgotten, and nothing is gathered any more. A run under way goes on. */
  stop(): void;
}

/** How a batch runs. */
export interface BatchOptions<Item> {
  readonly clock: Clock;
  /** From the first item to the run, in milliseconds. */
  readonly gatherMs: number;
  /** From the beginning of one run to that of the next at least, in milliseconds. Default: 0. */
  readonly restMs?: number;
  /** One run at a time, with all that was gathered, in order. Must not reject. */
  readonly run: (items: Item[]) => Promise<void>;
}

/** A batch with nothing in it. */
export function createBatch<Item>(options: BatchOptions<Item>): Batch<Item> {
  const { clock, gatherMs, restMs = 0, run } = options;
  let gathered: Item[] = [];
  let active: Promise<void> | null = null;
  let begunAt = -Infinity;
  let stopped = false;
  let cancelRun: CancelTimer = () => undefined;

  const runAll = async (): Promise<void> => {
    while (gathered.length > 0) {
      const waitMs = Math.max(gatherMs, begunAt + restMs - clock.now());
      await new Promise<void>((resolve) => {
        const cancel = clock.after(waitMs, resolve);
        cancelRun = () => {
          cancel();
          resolve();
        };
      });
      begunAt = clock.now();
      const items = gathered;
      gathered = [];
      if (items.length > 0) await run(items);
    }
    active = null;
  };

  return {
    get size() {
      return gathered.length;
    },
    add(items) {
      if (stopped || items.length === 0) return;
      for (const item of items) gathered.push(item);
      active ??= runAll();
    },
    async ended() {
      while (active !== null) await active;
    },
    stop() {
      stopped = true;
      gathered = [];
      cancelRun();
    },
  };
}
