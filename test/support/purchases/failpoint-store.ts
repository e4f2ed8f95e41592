import type { PurchaseState } from '../../../src/store/purchase.ts';
import { StoreUnavailableError, type Store } from '../../../src/store/store.ts';

/** A store's verbs, `movePurchase` also by where it moves to, as in `movePurchase:SENDING`; `any`: every verb but `close`. */
export type Failpoint =
  | Exclude<keyof Store, 'id' | 'clock' | 'isShared' | 'wakeUps'>
  | `movePurchase:${PurchaseState}`
  | 'any';

/** What happens at a failpoint; a rejection is what the caller of the verb gets. */
export type Fault = () => void | Promise<void>;

/** Failpoints around a store's verbs. */
export interface Failpoints {
  /** For a gateway's `wrapStore`. */
  readonly wrap: (store: Store) => Store;
  /** Runs `fault` before the verb, every time, until taken back by the returned function. */
  before(point: Failpoint, fault: Fault): () => void;
  /** Runs `fault` once the verb is durable and before its caller hears of it. */
  after(point: Failpoint, fault: Fault): () => void;
}

/** The store is away. */
export const away: Fault = () => {
  throw new StoreUnavailableError('The store is away.');
};

/** `fault`, but only the first time. */
export function once(fault: Fault): Fault {
  let done = false;
  return () => {
    if (done) return undefined;
    done = true;
    return fault();
  };
}

/** A fault that waits until it is let go. */
export function held(): { readonly fault: Fault; readonly letGo: () => void } {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { fault: () => gate, letGo };
}

/** Failpoints for one store. */
export function createFailpoints(): Failpoints {
  const faults = new Map<string, Set<Fault>>();
  const arm = (name: string, fault: Fault): (() => void) => {
    const set = faults.get(name) ?? new Set();
    faults.set(name, set);
    set.add(fault);
    return () => void set.delete(fault);
  };
  const run = async (name: string): Promise<void> => {
    for (const fault of faults.get(name) ?? []) await fault();
  };

  return {
    wrap: (store) =>
      new Proxy(store, {
        get(target, property) {
          const verb: unknown = Reflect.get(target, property);
          if (typeof verb !== 'function') return verb;
          return async (...args: unknown[]): Promise<unknown> => {
            const names = namesOf(String(property), args);
            for (const name of names) await run(`before ${name}`);
            const result: unknown = await Reflect.apply(verb, target, args);
            for (const name of names) await run(`after ${name}`);
            return result;
          };
        },
      }),
    before: (point, fault) => arm(`before ${point}`, fault),
    after: (point, fault) => arm(`after ${point}`, fault),
  };
}

function namesOf(verb: string, args: readonly unknown[]): string[] {
  if (verb === 'close') return [verb];
  return verb === 'movePurchase' ? ['any', verb, `${verb}:${String(args[2])}`] : ['any', verb];
}
