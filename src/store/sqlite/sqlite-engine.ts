import { sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { openKysely, type SqlDialect, type SqlEngine, type Step } from '../sql/sql-engine.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { unavailable } from '../unavailable.ts';

/** The SQL store's engine on one SQLite connection; `close` closes the connection. */
export function sqliteEngine(connection: SqliteConnection, clock: Clock, log: Log): SqlEngine {
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      // A value that cannot be bound is a mistake of ours, whatever state the engine is in.
      if (error instanceof TypeError) throw error;
      // SQLite's messages name tables and columns, never values.
      throw unavailable(log, error instanceof Error ? error.message : 'no message');
    }
  };
  const db = openKysely({
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    run: async <Row>(text: string, parameters: readonly unknown[]) =>
      guarded(() => connection.all<Row>(text, parameters)),
  });
  return {
    db,
    clock,
    dialect: sqliteDialect(clock),
    async batch<Rows extends readonly unknown[]>(steps: {
      readonly [Index in keyof Rows]: Step<Rows[Index]>;
    }) {
      const compiled = steps.map(({ run, must }) => ({ ...run.compile(db), must }));
      const results = guarded(() =>
        connection.transaction(() => {
          const found: unknown[][] = [];
          for (const { sql: text, parameters, must } of compiled) {
            const rows = connection.all(text, parameters);
            if (must && rows.length === 0) return null;
            found.push(rows);
          }
          return found;
        }),
      );
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a statement's rows are what its step says they are
      return results as { [Index in keyof Rows]: Rows[Index][] } | null;
    },
    async close() {
      connection.close();
    },
  };
}

function sqliteDialect(clock: Clock): SqlDialect {
  const nothing = sql``;
  return {
    now: () => sql<number>`${clock.now()}`,
    types: { text: sql`text`, int: sql`integer` },
    tableEnd: sql`strict`,
    rows(json, columns) {
      const members = Object.keys(columns).map(
        (name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`,
      );
      return sql`select ${sql.join(members)} from jsonb_each(${json})`;
    },
    // `begin immediate` lets one writer in at a time.
    lockInOrder: nothing,
    lockFree: nothing,
    lockSchema: sql`select 1`,
  };
}
