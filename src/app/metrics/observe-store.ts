import type { Store } from '../../store/store.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import { countCopies, countPurchases, countUploads } from './count-outcomes.ts';

/**
 * The store, counting what it does: how long each verb takes, and what becomes of purchases, copies
 * and uploads.
 */
export function observeStore(store: Store, metrics: Metrics): Store {
  return {
    ...countPurchases(withTimedVerbs(store, metrics), metrics),
    copies: countCopies(withTimedVerbs(store.copies, metrics), metrics),
    uploads: countUploads(withTimedVerbs(store.uploads, metrics), metrics),
  };
}

/**
 * The same object, each of whose methods is timed under its name. A plain one, whose methods
 * resolve to something and do not ask for `this`.
 */
function withTimedVerbs<Target extends object>(
  target: Target,
  { storeSeconds, storeErrors }: Metrics,
): Target {
  const verbs = Object.entries(target).flatMap(([verb, method]: [string, unknown]) => {
    if (typeof method !== 'function') return [];
    const timed = (...args: unknown[]): unknown => {
      const startedAt = performance.now();
      const result: unknown = Reflect.apply(method, undefined, args);
      // Whoever asked waits for the result itself, not a turn longer.
      Promise.resolve(result).then(
        () => storeSeconds.at(verb).observe((performance.now() - startedAt) / 1000),
        () => storeErrors.at(verb).add(),
      );
      return result;
    };
    return [[verb, timed] as const];
  });
  return Object.assign({ ...target }, Object.fromEntries(verbs));
}
