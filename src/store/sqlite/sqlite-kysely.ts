import {
  type CompiledQuery,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/** Runs one statement and returns its rows. */
export type RunStatement = <Row>(sql: string, parameters: readonly unknown[]) => Row[];

/**
 * Kysely on one synchronous connection. Kysely's own SQLite driver queues callers behind a mutex, whose cost grows with the
 * square of their number; here statements run at once, because none can interleave with another. Interactive
 * transactions, which could, are refused.
 */
export function sqliteKyselyDialect(run: RunStatement): Dialect {
  const refuse = async (): Promise<never> => {
    throw new Error('Interactive transactions are not supported; use a batch.');
  };
  const connection = {
    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => ({
      rows: run<Row>(query.sql, query.parameters),
    }),
    streamQuery: () => {
      throw new Error('Streaming is not supported.');
    },
  };
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      releaseConnection: async () => {},
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      destroy: async () => {},
    }),
  };
}
