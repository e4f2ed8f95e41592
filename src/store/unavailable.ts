import type { Log } from '../runtime/log.ts';
import { StoreUnavailableError } from './store.ts';

/** What callers may know when the engine cannot answer. */
export function storeAway(code = ''): StoreUnavailableError {
  return new StoreUnavailableError(
    'The gateway cannot reach its own records right now. Try again.',
    code,
  );
}

/**
 * Logs what the engine said and returns what callers may know of it. `detail` must hold no
 * parameter of a statement; `code`: as StoreUnavailableError has it.
 */
export function unavailable(log: Log, detail: string, code = ''): StoreUnavailableError {
  log.error({ engine: detail }, 'The store cannot answer.');
  return storeAway(code);
}
