import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { openSqliteStore } from '../store/sqlite/sqlite.ts';
import type { Store } from '../store/store.ts';

/**
 * Opens the store that DATABASE_URL names; `beside`: for a tool that works while the gateway runs.
 * Throws StoreOpenError.
 */
export async function openStore(
  url: string,
  clock: Clock,
  log: Log,
  beside = false,
): Promise<Store> {
  if (url.startsWith('file:')) return openSqliteStore({ url, clock, log, beside });
  const { openPostgresStore } = await import('../store/postgres/postgres.ts');
  return openPostgresStore({ url, timers: clock, monotonic: () => performance.now(), log });
}
