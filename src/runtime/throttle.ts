import { LRUCache } from 'lru-cache';
import { pause, type Clock } from './clock.ts';

/**
 * Runs work at most once per interval and name. Who asks before a run has begun shares it; who asks
 * later gets the next one. So the last to ask is always followed by a run that began after it.
 */
export interface Throttle<Result> {
  /**
   * Settles as the run does. Work under one name must mean the same: only the first asker's is run.
   */
  run(name: string, work: () => Promise<Result>): Promise<Result>;
  /**
   * Runs that have not begun never do, and their promises never settle. Resolves when those under
   * way have ended.
   */
  stop(): Promise<void>;
}

/**
 * How many names' last runs are remembered; one more than this and a name may run again within its
 * interval.
 */
const REMEMBERED = 10_000;

/** `everyMs`: the shortest time between the beginnings of two runs of one name. */
export function createThrottle<Result>(clock: Clock, everyMs: number): Throttle<Result> {
  const begunAt = new LRUCache<string, number>({ max: REMEMBERED });
  const planned = new Map<string, Promise<Result>>();
  const running = new Set<Promise<Result>>();
  let stopped = false;

  const plan = async (name: string, work: () => Promise<Result>): Promise<Result> => {
    const waitMs = (begunAt.get(name) ?? -Infinity) + everyMs - clock.now();
    // Awaited in any case, so that the plan is known as one before it begins.
    await (waitMs > 0 && pause(clock, waitMs));
    planned.delete(name);
    if (stopped) return new Promise(() => undefined);
    begunAt.set(name, clock.now());
    const run = work().finally(() => running.delete(run));
    running.add(run);
    return run;
  };

  return {
    run(name, work) {
      const waiting = planned.get(name) ?? plan(name, work);
      planned.set(name, waiting);
      return waiting;
    },
    async stop() {
      stopped = true;
      await Promise.allSettled(running);
    },
  };
}
