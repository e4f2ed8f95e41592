/** What the bench tells its stand-in for AKOOL over the process channel, and what it hears back. */

/** Keys are API keys: each server of the bench has its own, so that its calls can be told from the others'. */
export type Command =
  | { readonly kind: 'counts'; readonly key: string }
  | { readonly kind: 'set'; readonly ids: readonly string[]; readonly status: number }
  /** The next read of the task brings a new state; `Moved` is sent at that moment. */
  | {
      readonly kind: 'move';
      readonly id: string;
      readonly pid: number;
      readonly status: number;
    }
  /** From now on, or no longer, each read by this key brings a new state. */
  | { readonly kind: 'advance'; readonly key: string; readonly on: boolean }
  /** Completes the tasks and rings their webhooks, so many at a time. */
  | {
      readonly kind: 'finish';
      readonly ids: readonly string[];
      readonly clientId: string;
      readonly secret: string;
      readonly atOnce: number;
    }
  | { readonly kind: 'progress'; readonly ids: readonly string[] };

/** Calls since the stand-in started. */
export interface Counts {
  readonly reads: number;
  readonly creates: number;
}

/** A state was given out: when, by the machine's monotonic clock in ms, and the CPU that its reader had used by then, in ns. */
export interface Moved {
  readonly at: number;
  readonly cpuNs: number;
  readonly progress: number;
}

export type Answers = {
  counts: Counts;
  set: null;
  move: Moved;
  advance: null;
  /** Webhooks that were answered with something else than 200. */
  finish: number;
  /** Of each task, in order. */
  progress: readonly number[];
};

export interface Request {
  readonly number: number;
  readonly command: Command;
}

export interface Reply {
  readonly number: number;
  readonly answer: Answers[keyof Answers];
}
