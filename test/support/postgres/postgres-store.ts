import { Client } from 'pg';
import { systemClock } from '../../../src/runtime/clock.ts';
import { openPostgresStore } from '../../../src/store/postgres/postgres.ts';
import type { Store } from '../../../src/store/store.ts';

const stores: Store[] = [];

/** A Postgres store in this process, as one of several instances. */
export async function openStore(url: string): Promise<Store> {
  const silent = (): void => undefined;
  const store = await openPostgresStore({
    url,
    timers: systemClock,
    monotonic: () => performance.now(),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
  stores.push(store);
  return store;
}

/** Closes what `openStore` opened. To be called after each test. */
export async function closeStores(): Promise<void> {
  await Promise.all(stores.splice(0).map((store) => store.close()));
}

/** Runs one statement past every store. */
export async function runSql<Row = unknown>(url: string, text: string): Promise<Row[]> {
  const client = new Client(url);
  await client.connect();
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test knows what it asks for
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Breaks the connections that listen for wake-ups; resolves to how many. */
export async function cutWakeUps(url: string): Promise<number> {
  const cut = await runSql(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'head-swap-gateway wake-ups' and datname = current_database()`,
  );
  return cut.length;
}
