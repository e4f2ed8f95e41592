import { GatewayError } from '../../../src/domain/errors.ts';

export interface ToyJob {
  readonly id: string;
  readonly version: number;
  readonly final: boolean;
  readonly text: string;
}

export interface ToyJobs {
  /** Makes the next version and tells everyone who watches. */
  set(id: string, change?: Partial<Pick<ToyJob, 'final' | 'text'>>): ToyJob;
  /** States, the present one first unless it is `after`; rejects with NOT_FOUND. */
  watch(id: string, after: number | null): Promise<AsyncIterableIterator<ToyJob, undefined>>;
  /** Every number told, none left out. */
  feed(): AsyncIterableIterator<number, undefined>;
  tell(number: number): void;
  /** Streams that are open. */
  readonly watching: number;
  /** Streams opened so far. */
  readonly opened: number;
}

/** Jobs in memory, with streams that behave as the gateway's do: a one-slot mailbox and an immediate `return()`. */
export function createToyJobs(): ToyJobs {
  const jobs = new Map<string, ToyJob>();
  const watchers = new Map<string, Set<(job: ToyJob) => void>>();
  const feeds = new Set<(number: number) => void>();
  let watching = 0;
  let opened = 0;

  const open = <Value>(
    listen: (queue: (value: Value, last: boolean) => void) => () => void,
    keepAll: boolean,
  ): AsyncIterableIterator<Value, undefined> => {
    watching += 1;
    opened += 1;
    let queue: Value[] = [];
    let ended = false;
    let released = false;
    let wake: (() => void) | null = null;
    const release = (): void => {
      if (released) return;
      released = true;
      watching -= 1;
      stopListening();
    };
    const stopListening = listen((value, last) => {
      if (ended) return;
      queue = keepAll ? [...queue, value] : [value];
      ended = last;
      wake?.();
    });
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        while (queue.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const value = queue.shift();
        if (value !== undefined) return { done: false, value };
        release();
        return { done: true, value: undefined };
      },
      async return() {
        ended = true;
        queue = [];
        release();
        wake?.();
        return { done: true, value: undefined };
      },
    };
  };

  return {
    set(id, change = {}) {
      const before = jobs.get(id);
      const job: ToyJob = {
        id,
        version: (before?.version ?? 0) + 1,
        final: change.final ?? false,
        text: change.text ?? '',
      };
      jobs.set(id, job);
      for (const tell of watchers.get(id) ?? []) tell(job);
      return job;
    },
    async watch(id, after) {
      const present = jobs.get(id);
      if (present === undefined) throw new GatewayError('NOT_FOUND', 'No such job.');
      return open<ToyJob>((queue) => {
        const tell = (job: ToyJob): void => queue(job, job.final);
        const set = watchers.get(id) ?? new Set();
        watchers.set(id, set.add(tell));
        if (present.version !== after || present.final) tell(present);
        return () => set.delete(tell);
      }, false);
    },
    feed: () =>
      open<number>((queue) => {
        const tell = (number: number): void => queue(number, false);
        feeds.add(tell);
        return () => feeds.delete(tell);
      }, true),
    tell(number) {
      for (const tell of feeds) tell(number);
    },
    get watching() {
      return watching;
    },
    get opened() {
      return opened;
    },
  };
}
