import { defer } from '../../runtime/deferred.ts';

/** One turn at a time for each name, in the order they were asked for. */
export interface Turns {
  /** Waits for a turn. Resolves to what ends it. */
  take(name: string): Promise<() => void>;
  /** Does the work in a turn of its own. */
  run<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** Nobody has a turn yet. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  const take: Turns['take'] = async (name) => {
    const before = last.get(name);
    const { promise, resolve } = defer<void>();
    last.set(name, promise);
    await before;
    return () => {
      if (last.get(name) === promise) last.delete(name);
      resolve();
    };
  };
  return {
    take,
    async run(name, work) {
      const end = await take(name);
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
