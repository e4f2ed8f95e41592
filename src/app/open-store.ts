import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { openPostgresStore } from '../store/postgres.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';

/** Opens the store that DATABASE_URL names. Throws StoreOpenError. */
export async function openStore(url: string, clock: Clock, log: Log): Promise<Store> {
  if (url.startsWith('file:')) return openSqliteStore({ url, clock, log });
  return openPostgresStore({ url, timers: clock, monotonic: () => performance.now(), log });
}
