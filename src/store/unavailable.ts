import type { Log } from '../runtime/log.ts';
import { StoreUnavailableError } from './store.ts';

/** Logs what the engine said and returns what callers may know of it. `detail` must hold no parameter of a statement. */
export function unavailable(log: Log, detail: string): StoreUnavailableError {
  log.error({ engine: detail }, 'The store cannot answer.');
  return new StoreUnavailableError(
    'The gateway cannot reach its own records right now. Try again.',
  );
}
