import { type RawBuilder, sql } from 'kysely';
import type { SqlDialect } from './sql-engine.ts';

/** Who writes: a store object, as its leases, purchases and callbacks name it. A random UUID. */
export type Owner = string;

/** Of a table with an owner: nobody but `me` looks after the row, because whoever did has ended. */
export function isOrphan(table: string, dialect: SqlDialect, me: Owner): RawBuilder<boolean> {
  const owner = sql.ref(`${table}.owner`);
  return sql<boolean>`not exists (
    select 1 from instance
    where instance.id = ${owner} and instance.id <> ${me} and instance.alive_until > ${dialect.now()}
  )`;
}
