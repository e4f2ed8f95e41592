import { createHook } from 'node:async_hooks';
import { fakePromise } from '@whatwg-node/server';

/**
 * One object of each kind that every request makes with keys that are symbols: of those that Node
 * makes for `process.nextTick`, where it shows one, and Yoga's adapter for a promise.
 *
 * While one lives, so does the shape that all of them share. V8 forgets a shape at a collection
 * that finds no object of it, such as those of a process at rest, and from then on makes each the
 * slow way: a tick takes five times what it took, and a small query an eighth more.
 */
export function holdShapes(): readonly object[] {
  return [...ticks(), fakePromise(undefined)];
}

function ticks(): object[] {
  const held: object[] = [];
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'TickObject') held.push(resource);
    },
  }).enable();
  process.nextTick(() => undefined);
  hook.disable();
  return held;
}
