import { sql, type RawBuilder } from 'kysely';
import type { PurchaseTable } from '../schema/tables.ts';
import type { SqlEngine } from '../sql-engine.ts';

/**
 * Attempts deleted by one statement: few enough that it ends long before the database gives it up,
 * whatever has piled up.
 */
const FORGOTTEN_AT_ONCE = 500;

/** Deletes attempts past their time, so many at most, with their webhooks. Resolves to how many. */
export async function forgetSome(engine: SqlEngine, which: RawBuilder<unknown>): Promise<number> {
  const { db, dialect } = engine;
  const past = sql`expires_at <= ${dialect.now()} and state not in ('SENDING', 'UNKNOWN') and ${which}`;
  const found = await sql<Pick<PurchaseTable, 'attempt'>>`
    select attempt from purchase where ${past} order by expires_at limit ${FORGOTTEN_AT_ONCE}`.execute(
    db,
  );
  if (found.rows.length === 0) return 0;
  const listed = dialect.rows(JSON.stringify(found.rows), { attempt: 'text' });
  const done = await engine.batch<[unknown, PurchaseTable]>([
    // An attempt that was settled meanwhile stays, and can do without them.
    { run: sql`delete from callback where attempt in (${listed})` },
    { run: sql`delete from purchase where attempt in (${listed}) and ${past} returning attempt` },
  ]);
  return done?.[1].length ?? 0;
}

/** Deletes all of them. */
export async function forgetAll(engine: SqlEngine): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const last = await forgetSome(engine, sql`1 = 1`);
    forgotten += last;
    if (last < FORGOTTEN_AT_ONCE) return forgotten;
  }
}
