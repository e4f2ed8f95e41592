import type { Arrivals } from './arrivals.ts';

/** Many watchers of one server, over whatever transport. */
export interface Crowd {
  /** Each watcher's task by its number. Returns when everybody has been told a present state. */
  watch(taskOf: (index: number) => string): Promise<void>;
  /** Waits until everybody has been told something that holds `needle`. */
  wait(needle: string, patienceMs?: number): Promise<Arrivals>;
  /** Messages that told something else than an event, connections that were lost, events that did not come. */
  wrong(): number;
  firstWrong(): string | null;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Without this much in time, something is missing. */
export const PATIENCE_MS = 60_000;

/** Connections that are being made at a time. */
export const CONNECTS_AT_ONCE = 64;

export const WATCH = `subscription Watch($id: ID!) {
  headSwapTaskStatusChanged(id: $id) { id status progress outputUrl }
}`;

/** What went wrong in a crowd. */
export interface Faults {
  add(what: string, count?: number): void;
  count(): number;
  first(): string | null;
}

export function createFaults(): Faults {
  let count = 0;
  let first: string | null = null;
  return {
    add(what, more = 1) {
      if (more === 0) return;
      count += more;
      first ??= what;
    },
    count: () => count,
    first: () => first,
  };
}
