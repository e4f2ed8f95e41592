import { Pool, types as drivers, type ClientConfig, type CustomTypesConfig } from 'pg';

/** What connections are made with. */
export interface PostgresPoolOptions {
  /** `postgres://…`, with TLS options in it as libpq has them (`sslmode=verify-full&sslrootcert=…`). */
  readonly url: string;
  /** Is told when a connection that nobody was using breaks. */
  readonly onIdleError: (error: Error) => void;
}

/** Connections that one process uses at most. */
const CONNECTIONS = 10;

/** How long a statement waits for a connection; whoever waits longer is better told at once. */
const WAIT_FOR_CONNECTION_MS = 3000;

/** How long a statement may run, as the server sees it and as we do; ours also ends one whose connection is dead. */
const STATEMENT_MS = 5000;
const ANSWER_MS = 8000;

/** Counts are far below 2^53, so a bigint is a number like any other. */
const types: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === drivers.builtins.INT8 ? Number : drivers.getTypeParser(oid, format),
};

/** How a single connection is made; also for one outside the pool. */
export function connectionOptions(url: string): ClientConfig {
  return {
    connectionString: url,
    application_name: 'head-swap-gateway',
    connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: ANSWER_MS,
    types,
  };
}

/** The connections of one process. A broken one is replaced when the next statement needs it. */
export function createPostgresPool({ url, onIdleError }: PostgresPoolOptions): Pool {
  const pool = new Pool({
    ...connectionOptions(url),
    max: CONNECTIONS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: ANSWER_MS,
  });
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', onIdleError);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
