import {
  DefaultQueryExecutor,
  Kysely,
  sql,
  type CompiledQuery,
  type DatabaseIntrospector,
  type DialectAdapter,
  type Driver,
  type QueryCompiler,
  type QueryResult,
  type RawBuilder,
} from 'kysely';
import type { Clock } from '../../runtime/clock.ts';
import type { Tables } from './schema/tables.ts';

/**
 * A store object among several on one database, as its leases, purchases and webhooks name it. A
 * random UUID.
 */
export type InstanceId = string;

/** The two column types in use. */
export type ColumnType = 'text' | 'int';

/** A JSON text, or what stands for it in a prepared statement. */
export type JsonText = string | RawBuilder<string>;

/** What the two engines write differently. Everything else is the same SQL. */
export interface SqlDialect {
  /** The present instant: the injected clock's on SQLite, the database's own on Postgres. */
  now(): RawBuilder<number>;
  /** A column type. Texts compare by their UTF-8 bytes. */
  readonly types: Readonly<Record<ColumnType, RawBuilder<unknown>>>;
  /** What follows the closing bracket of a `create table`. */
  readonly tableEnd: RawBuilder<unknown>;
  /**
   * A select that turns a JSON array of objects (one parameter) into rows, so that a list of any
   * length is the same statement. `columns`: member name to type; a missing member is null.
   */
  rows(json: JsonText, columns: Readonly<Record<string, ColumnType>>): RawBuilder<unknown>;
  /**
   * What follows `from`: each row of the select named `outer`, joined with the first so many jobs
   * for it. `where` and `orderBy` may name columns of both.
   */
  firstOfEach(outer: string, jobs: FirstJobs): RawBuilder<unknown>;
  /**
   * A JSON text of a row, as `->` and `->>` take it; members with backslashes or escaped characters
   * may read otherwise.
   */
  json(text: RawBuilder<unknown>): RawBuilder<unknown>;
  /** A table of the members of a JSON array, each in `value`; none for null. */
  elements(json: RawBuilder<unknown>): RawBuilder<unknown>;
  /**
   * Ends a select from `job`: lock the rows found, in the order of their keys, so that two writers
   * cannot deadlock.
   */
  readonly lockInOrder: RawBuilder<unknown>;
  /** Ends a select from one table: lock the rows found and pass over those that are locked. */
  readonly lockFree: RawBuilder<unknown>;
  /** Whether what `with` names may change rows and return them. */
  readonly changesInWith: boolean;
  /** A statement after which the transaction is the only one that changes tables, until it ends. */
  readonly lockSchema: RawBuilder<unknown>;
}

/** The first so many jobs for which something holds. */
export interface FirstJobs {
  readonly where: RawBuilder<unknown>;
  readonly orderBy: RawBuilder<unknown>;
  readonly limit: RawBuilder<unknown>;
}

/** One statement of a batch. */
export interface Step<Row> {
  readonly run: RawBuilder<Row> | CompiledQuery<Row>;
  /** The whole batch is undone when this statement finds no rows. */
  readonly must?: true;
}

/**
 * A database that the SQL store runs on. Whatever goes wrong in it is thrown as
 * StoreUnavailableError; what it threw is in the log.
 */
export interface SqlEngine {
  /** For single statements. Interactive transactions are not supported. */
  readonly db: Kysely<Tables>;
  /**
   * The same for writes that the end of this process must not take back, but a power cut may: who
   * looks at a job or copies its files, and when it was last seen as it was. On SQLite every sync
   * holds up the process; on Postgres this is `db`.
   */
  readonly unsynced: Kysely<Tables>;
  readonly dialect: SqlDialect;
  /** What `dialect.now()` says, as well as this process can know it without asking. */
  readonly clock: Clock;
  /**
   * Runs the steps in one transaction and resolves to the rows of each once they are durable. Null,
   * and nothing done, when a step with `must` found no rows. The steps are all known beforehand:
   * nothing can wait in the middle of a transaction.
   */
  batch<Rows extends readonly unknown[]>(steps: {
    readonly [Index in keyof Rows]: Step<Rows[Index]>;
  }): Promise<{ [Index in keyof Rows]: Rows[Index][] } | null>;
  /** Idempotent; afterwards everything throws StoreUnavailableError. */
  close(): Promise<void>;
}

/** The step's statement, as the engine runs it. */
export function compiledStep(db: Kysely<Tables>, { run }: Step<unknown>): CompiledQuery {
  return 'sql' in run ? run : run.compile(db);
}

/**
 * Whether a row can hold this text as it is: a column's text ends at NUL, and half a surrogate pair
 * has no UTF-8.
 */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

/** What Kysely must know of an engine. */
export interface KyselyParts {
  readonly createAdapter: () => DialectAdapter;
  readonly createIntrospector: (db: Kysely<unknown>) => DatabaseIntrospector;
  readonly createQueryCompiler: () => QueryCompiler;
  /** Runs one statement and resolves to its rows. */
  readonly run: <Row>(sql: string, parameters: readonly unknown[]) => Promise<Row[]>;
}

/**
 * Kysely for single statements, each run at once. Interactive transactions are refused, because
 * something could wait in the middle of them.
 */
export function openKysely({ run, ...parts }: KyselyParts): Kysely<Tables> {
  const driver: Driver = {
    init: async () => {},
    acquireConnection: refuse,
    releaseConnection: async () => {},
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {},
  };
  const dialect = { ...parts, createDriver: () => driver };
  const executor = new DirectExecutor(parts.createQueryCompiler(), parts.createAdapter(), run);
  return new Kysely<Tables>({ config: { dialect }, dialect, driver, executor });
}

const refuse = async (): Promise<never> => {
  throw new Error('Interactive transactions are not supported; use a batch.');
};

/**
 * Runs each statement as it is. Kysely's own executor passes it through a connection and plugins,
 * of which there are none, and eight promises; its drivers queue callers behind a mutex, whose cost
 * grows with the square of their number.
 */
class DirectExecutor extends DefaultQueryExecutor {
  readonly #run: KyselyParts['run'];

  constructor(compiler: QueryCompiler, adapter: DialectAdapter, run: KyselyParts['run']) {
    super(compiler, adapter, { provideConnection: refuse });
    this.#run = run;
  }

  override async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return { rows: await this.#run<Row>(query.sql, query.parameters) };
  }
}

/** Stands in a statement's parameters for the list that it is run with. */
const LIST = Symbol('list');

/**
 * A statement about a list, built and compiled when it is first needed and not again: that costs
 * more than all else that this process does for it. `build` gets what stands for the list, a JSON
 * array, as `dialect.rows` takes it. What the returned function makes of a list is for
 * `db.executeQuery`, or a step of a batch.
 */
export function prepared<Row>(
  db: Kysely<Tables>,
  build: (list: RawBuilder<string>) => RawBuilder<Row>,
): (list: readonly object[]) => CompiledQuery<Row> {
  let compiled: CompiledQuery<Row> | undefined;
  return (list) => {
    compiled ??= build(sql<string>`${LIST}`).compile(db);
    const { query, queryId, sql: text, parameters } = compiled;
    const json = JSON.stringify(list);
    const bound = parameters.map((each) => (each === LIST ? json : each));
    return { query, queryId, sql: text, parameters: bound };
  };
}
