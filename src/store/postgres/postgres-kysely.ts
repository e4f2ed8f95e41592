import {
  type CompiledQuery,
  type Dialect,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';

/** Runs one statement on some connection and resolves to its rows. */
export type RunStatement = <Row>(sql: string, parameters: readonly unknown[]) => Promise<Row[]>;

/** Kysely for single statements. Interactive transactions are refused: something could wait in the middle of them. */
export function postgresKyselyDialect(run: RunStatement): Dialect {
  const refuse = async (): Promise<never> => {
    throw new Error('Interactive transactions are not supported; use a batch.');
  };
  const connection = {
    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => ({
      rows: await run<Row>(query.sql, query.parameters),
    }),
    streamQuery: () => {
      throw new Error('Streaming is not supported.');
    },
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
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
