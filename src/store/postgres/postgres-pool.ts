import { Client, Pool, types as drivers, type ClientConfig, type CustomTypesConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';

/** Where a database is and how it is spoken to: what the driver makes of a URL. */
export type PostgresAddress = Readonly<ClientConfig>;

/**
 * Reads a `postgres://…` URL and the files that its TLS options name; throws when one cannot be
 * read. Once, at the start: the driver would read them again for every connection, and throw where
 * nobody can catch it.
 */
export function readPostgresUrl(url: string): PostgresAddress {
  return parseIntoClientConfig(url);
}

/** How patient a pool is. */
export interface PostgresPatience {
  /** How many connections it has at most. */
  readonly connections: number;
  /** How long a statement waits for a connection, in milliseconds. */
  readonly connectMs: number;
  /**
   * How long a statement may run or wait for a lock, as the server sees it, in milliseconds; 0: for
   * ever.
   */
  readonly statementMs: number;
  /**
   * How long its answer is waited for, in milliseconds: it ends a statement whose connection is
   * dead.
   */
  readonly answerMs: number;
}

/** For the store's work: whoever waits longer is better told at once that the database is away. */
export const impatient: PostgresPatience = {
  connections: 10,
  connectMs: 2000,
  statementMs: 4000,
  answerMs: 5000,
};

/** For changing tables, which may take as long as they are large. */
export const patient: PostgresPatience = {
  connections: 1,
  connectMs: 5000,
  statementMs: 0,
  answerMs: 60 * 60 * 1000,
};

/** Counts are far below 2^53, so a bigint is a number like any other. */
const types: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === drivers.builtins.INT8 ? Number : drivers.getTypeParser(oid, format),
};

/**
 * What begins a transaction so patient: for its own length alone, since a pooler may give the
 * connection to anybody after it.
 */
export function beginning({ statementMs, answerMs }: PostgresPatience): string {
  const bounds = Object.entries(serverBounds(statementMs, answerMs));
  return ['begin', ...bounds.map(([name, value]) => `set local ${name} = ${value}`)].join('; ');
}

/** The server's own settings, in milliseconds; 0: no bound. */
function serverBounds(statementMs: number, idleMs: number) {
  return {
    statement_timeout: statementMs,
    lock_timeout: statementMs,
    idle_in_transaction_session_timeout: idleMs,
  };
}

/** How a connection is made; `name` is what the database's operator sees. */
export function connectionOptions(
  address: PostgresAddress,
  name: string,
  { connectMs, answerMs }: PostgresPatience,
): ClientConfig {
  return {
    ...address,
    application_name: name,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: answerMs,
    types,
  };
}

export interface PostgresPoolOptions {
  readonly address: PostgresAddress;
  readonly patience: PostgresPatience;
  /**
   * Whether the server is asked, as each connection is made, to bound whatever runs on it.
   * Transactions bound themselves; some poolers refuse connections that ask for more.
   */
  readonly bounded: boolean;
  /** What a connection is made with; the driver's own unless given. */
  readonly Connection?: typeof Client;
  /** Is told when a connection that nobody was using breaks. */
  readonly onIdleError: (error: Error) => void;
}

/** The connections of one process. A broken one is replaced when the next statement needs it. */
export function createPostgresPool(options: PostgresPoolOptions): Pool {
  const { address, patience, bounded, Connection = Client, onIdleError } = options;
  const pool = new Pool({
    ...connectionOptions(address, 'head-swap-gateway', patience),
    Client: Connection,
    max: patience.connections,
    ...(bounded ? serverBounds(patience.statementMs, patience.answerMs) : {}),
  });
  // Without a listener an idle connection that breaks would end the process.
  pool.on('error', onIdleError);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
