import { setTimeout as pause } from 'node:timers/promises';

/** When the watchers of a crowd were told something, in ms of the machine's monotonic clock. */
export interface Arrivals {
  readonly first: number;
  readonly last: number;
  /** How many were not told in time. */
  readonly missing: number;
}

/** Waits until each of some watchers has been told the same thing. */
export interface Awaited {
  /** What a message must hold to count; null: nothing is awaited. */
  readonly needle: Buffer | null;
  /** Watcher number `index` was told. A second time does not count. */
  told(index: number): void;
  wait(needle: string, patienceMs: number): Promise<Arrivals>;
}

const LOOK_MS = 5;

export function createAwaited(count: number): Awaited {
  let needle: Buffer | null = null;
  let seen = new Uint8Array(0);
  let left = 0;
  let first = 0;
  let last = 0;
  return {
    get needle() {
      return needle;
    },
    told(index) {
      if (seen[index] !== 0) return;
      seen[index] = 1;
      last = monotonicMs();
      if (left === count) first = last;
      left -= 1;
    },
    async wait(text, patienceMs) {
      seen = new Uint8Array(count);
      left = count;
      needle = Buffer.from(text);
      const deadline = monotonicMs() + patienceMs;
      while (left > 0 && monotonicMs() < deadline) await pause(LOOK_MS);
      needle = null;
      return { first, last, missing: left };
    },
  };
}

/** The clock that the stand-in's process shares. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Runs `work` for each index, so many at a time. */
export async function forEachIndex(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}
