import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { codeOf } from '../../runtime/errors.ts';
import type { OutageLog } from './outage-log.ts';
import { beginning, type PostgresPatience } from './postgres-pool.ts';
import {
  compiledStep,
  openKysely,
  type SqlDialect,
  type SqlEngine,
  type Step,
} from '../sql/sql-engine.ts';
import { storeAway } from '../unavailable.ts';

/**
 * Statements that may wait for a connection; beyond it the database is too slow for what is asked,
 * and more would only wait.
 */
const MOST_WAITING = 500;

/**
 * How long statements fail at once after the database could not be reached; then some find out
 * whether it is back.
 */
const AWAY_MS = 300;

/** Postgres undid the transaction to let another one through; the same again may well succeed. */
const TRY_AGAIN_CODES = new Set(['40001', '40P01']);
const TRIES = 4;

export interface PostgresEngineParts {
  /** Ended by `close`. */
  readonly pool: Pool;
  readonly patience: PostgresPatience;
  /** The database's time. */
  readonly clock: Clock;
  readonly failures: OutageLog;
}

/** The SQL store's engine on a pool of connections. */
export function postgresEngine({
  pool,
  patience,
  clock,
  failures,
}: PostgresEngineParts): SqlEngine {
  const begin = beginning(patience);
  let closed: Promise<void> | null = null;
  let awayUntil = -Infinity;

  /** Runs `work` on a connection of its own. */
  const withClient = async <Result>(
    work: (client: PoolClient) => Promise<Result>,
  ): Promise<Result> => {
    // Not logged: who waits for the database asks again and again.
    if (closed !== null || clock.now() < awayUntil || pool.waitingCount >= MOST_WAITING) {
      throw storeAway();
    }
    for (let tries = 1; ; tries += 1) {
      let client: PoolClient | undefined;
      try {
        client = await pool.connect();
        const result = await work(client);
        client.release();
        failures.answered();
        return result;
      } catch (error) {
        // Destroy it: its transaction state is unknown.
        client?.release(true);
        if (tries < TRIES && TRY_AGAIN_CODES.has(codeOf(error))) continue;
        if (!(error instanceof DatabaseError)) awayUntil = clock.now() + AWAY_MS;
        failures.statementFailed(error);
        throw storeAway(codeOf(error));
      }
    }
  };

  const db = openKysely({
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    run: <Row>(text: string, parameters: readonly unknown[]) =>
      withClient(async (client) => {
        const { rows } = await client.query(text, [...parameters]);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller says what its statement finds
        return rows as Row[];
      }),
  });

  return {
    db,
    unsynced: db,
    clock,
    dialect: postgresDialect,
    async batch<Rows extends readonly unknown[]>(steps: {
      readonly [Index in keyof Rows]: Step<Rows[Index]>;
    }) {
      const compiled = steps.map((step) => ({ ...compiledStep(db, step), must: step.must }));
      const results = await withClient(async (client) => {
        await client.query(begin);
        const found: unknown[][] = [];
        for (const { sql: text, parameters, must } of compiled) {
          const { rows } = await client.query(text, [...parameters]);
          if (must && rows.length === 0) {
            await client.query('rollback');
            return null;
          }
          found.push(rows);
        }
        await client.query('commit');
        return found;
      });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a statement's rows are what its step says they are
      return results as { [Index in keyof Rows]: Rows[Index][] } | null;
    },
    close: () => (closed ??= pool.end()),
  };
}

/**
 * Names the transaction-wide lock under which tables are changed; any number that nobody else in
 * the database uses.
 */
const SCHEMA_LOCK = 4_726_183_559;

const int = sql`bigint`;
const text = sql`text collate "C"`;

const postgresDialect: SqlDialect = {
  // The statement's own time: it stands still while the statement runs, so that an index can be
  // searched by it.
  now: () => sql<number>`floor(extract(epoch from statement_timestamp()) * 1000)::bigint`,
  types: { text, int },
  tableEnd: sql``,
  rows(json, columns) {
    const members = Object.entries(columns).map(
      ([name, type]) => sql`${sql.ref(name)} ${type === 'int' ? int : text}`,
    );
    return sql`select * from json_to_recordset(${json}::json) as listed(${sql.join(members)})`;
  },
  firstOfEach: (outer, { where, orderBy, limit }) =>
    sql`${sql.ref(outer)} cross join lateral (
      select * from job where ${where} order by ${orderBy} limit ${limit}
    ) as job`,
  // Of a text with an escape that no text of Postgres can hold, such as NUL's, no member can be
  // had.
  json: (text) => sql`replace(replace(${text}, repeat(chr(92), 2), '/'), chr(92) || 'u', '')::json`,
  elements: (json) => sql`json_array_elements(${json})`,
  lockInOrder: sql`order by job.team, job.kind, job.id for update of job`,
  lockFree: sql`for update skip locked`,
  changesInWith: true,
  lockSchema: sql`select pg_advisory_xact_lock(${sql.lit(SCHEMA_LOCK)})`,
};
