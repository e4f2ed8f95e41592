import type { Log } from '../runtime/log.ts';
import { StoreUnavailableError } from './store.ts';

/** What callers may know when the engine cannot answer. */
export function storeAway(): StoreUnavailableError {
  return new StoreUnavailableError(
    'The gateway cannot reach its own records right now. Try again.',
  );
}

/** Logs what the engine said and returns what callers may know of it. `detail` must hold no parameter of a statement. */
export function unavailable(log: Log, detail: string): StoreUnavailableError {
  log.error({ engine: detail }, 'The store cannot answer.');
  return storeAway();
}
