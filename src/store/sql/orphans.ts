import { type RawBuilder, sql } from 'kysely';
import type { InstanceId, SqlDialect } from './sql-engine.ts';

/** Of a table with an owner: no living instance but `me` looks after the row. */
export function isOrphan(
  table: string,
  dialect: SqlDialect,
  me: InstanceId,
  column = 'owner',
): RawBuilder<boolean> {
  const owner = sql.ref(`${table}.${column}`);
  return sql<boolean>`not exists (
    select 1 from instance
    where instance.id = ${owner} and instance.id <> ${me} and instance.alive_until > ${dialect.now()}
  )`;
}
