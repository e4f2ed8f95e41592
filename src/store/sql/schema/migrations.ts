import { randomUUID } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { SqlDialect, SqlEngine } from '../sql-engine.ts';
import { StoreOpenError } from '../../store-open-error.ts';
import { addUploadUses } from './add-upload-uses.ts';
import { createMediaTables } from './create-media-tables.ts';
import { createTables } from './create-tables.ts';
import { MARKED, type MetaTable } from './tables.ts';

/** Brings the tables one version further. */
interface Migration {
  readonly statements: (dialect: SqlDialect) => readonly RawBuilder<unknown>[];
  /**
   * The least schema version that code must know to work on the tables after this migration; lower
   * than its own when older code can go on beside it, as it must during a rolling deploy. So: first
   * add, deploy, and only then take away.
   */
  readonly usableFrom: number;
}

/**
 * Forward only: an entry that has been released is never changed, a new one is added after it. The
 * schema version of a database is how many of these have run in it.
 */
const MIGRATIONS: readonly Migration[] = [
  { statements: createTables, usableFrom: 1 },
  { statements: createMediaTables, usableFrom: 1 },
  { statements: addPurchaseNotes, usableFrom: 1 },
  { statements: addAgeIndex, usableFrom: 1 },
  { statements: addCountIndexes, usableFrom: 1 },
  { statements: addNextIndexes, usableFrom: 1 },
  { statements: addUploadUses, usableFrom: 1 },
  { statements: addTurnIndex, usableFrom: 1 },
  { statements: dropNextIndexes, usableFrom: 1 },
];

/**
 * Brings the tables to the version this code knows, each migration in its own transaction with the
 * note that it ran. Processes that migrate the same database at once take turns. Resolves to the
 * store's id, a random UUID made with the database. Throws StoreOpenError (NEWER_VERSION), with
 * nothing touched, for a database that is too far ahead of this code. `place` names the database in
 * that error.
 */
export async function migrate(engine: SqlEngine, place: string): Promise<string> {
  const { dialect } = engine;
  const meta = await readMeta(engine);
  refuseNewer(meta, place);
  for (const [index, { statements, usableFrom }] of MIGRATIONS.entries()) {
    if (index < meta.schema_version) continue;
    const note = sql`
      update meta set schema_version = ${index + 1}, usable_from = ${usableFrom}
      where schema_version = ${index} returning schema_version`;
    // Without a row somebody else was quicker, and nothing is left to do.
    await engine.batch([
      { run: dialect.lockSchema },
      { run: note, must: true },
      ...statements(dialect).map((run) => ({ run })),
    ]);
  }
  return meta.store_id;
}

/**
 * Whether this code can work on the tables, which are left as they are. Throws StoreOpenError
 * (NEWER_VERSION) when it cannot, and what the engine throws where there are none.
 */
export async function mustBeUsable({ db }: SqlEngine, place: string): Promise<void> {
  const { rows } = await sql<Meta>`select store_id, schema_version, usable_from from meta`.execute(
    db,
  );
  for (const meta of rows) refuseNewer(meta, place);
}

function refuseNewer({ usable_from, schema_version }: Meta, place: string): void {
  if (usable_from <= MIGRATIONS.length) return;
  throw new StoreOpenError(
    'NEWER_VERSION',
    `The database ${place} was written by a newer version of the gateway (its schema is version ${schema_version}, ` +
      `this gateway knows ${MIGRATIONS.length}). Start that version or a later one, or point DATABASE_URL to another database.`,
  );
}

type Meta = Pick<MetaTable, 'store_id' | 'schema_version' | 'usable_from'>;

async function readMeta(engine: SqlEngine): Promise<Meta> {
  const { types, tableEnd, lockSchema } = engine.dialect;
  const done = await engine.batch<[unknown, unknown, unknown, Meta]>([
    { run: lockSchema },
    {
      run: sql`create table if not exists meta (
          "only" ${types.int} primary key check ("only" = 1),
          store_id ${types.text} not null,
          schema_version ${types.int} not null,
          usable_from ${types.int} not null,
          checked_at ${types.int} not null
        ) ${tableEnd}`,
    },
    {
      run: sql`insert into meta ("only", store_id, schema_version, usable_from, checked_at)
          values (1, ${randomUUID()}, 0, 0, 0) on conflict ("only") do nothing`,
    },
    { run: sql`select store_id, schema_version, usable_from from meta` },
  ]);
  const meta = done?.[3][0];
  if (meta === undefined) throw new Error('The meta row is missing.');
  return meta;
}

/** What helps an operator to settle a purchase: AKOOL's words, and the balance before. */
function addPurchaseNotes({ types: { text } }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`alter table purchase add column words ${text}`,
    sql`alter table purchase add column credits_before ${text}`,
  ];
}

/** Finds the jobs that should have ended by now without a look at the others. */
function addAgeIndex(): RawBuilder<unknown>[] {
  return [
    sql`create index job_age on job (first_seen_at, kind)
      where made_here = 1 and status in ('QUEUED', 'PROCESSING')`,
  ];
}

/**
 * What is counted for operators is counted without a look at the rows: an index holds nothing but
 * what is counted.
 */
function addCountIndexes(): RawBuilder<unknown>[] {
  return [
    sql`create index job_queued on job (kind) where status = 'QUEUED'`,
    sql`create index job_processing on job (kind) where status = 'PROCESSING'`,
    sql`create index media_copy_pending on media_copy (kind) where state = 'PENDING'`,
  ];
}

/**
 * Each team's next jobs, and the next of those that are watched, without a look at the backlog
 * behind them. Leases are not in them, so that a claim moves nothing in an index of what is due.
 */
function addNextIndexes(): RawBuilder<unknown>[] {
  return [
    sql`create index job_next on job (team, due_at) where due_at is not null`,
    sql`create index job_next_watched on job (team, due_at)
      where due_at is not null and watched_until > 0`,
    sql`drop index job_due`,
  ];
}

/** What is due in one index, so that what is watched has no second entry to move. */
function addTurnIndex(): RawBuilder<unknown>[] {
  return [sql`create index job_turn on job (team, ${MARKED}, due_at) where due_at is not null`];
}

/**
 * Apart from what takes their place: while Postgres builds an index the table can be read, but not
 * once another one of it was dropped in the same transaction.
 */
function dropNextIndexes(): RawBuilder<unknown>[] {
  return [sql`drop index job_next`, sql`drop index job_next_watched`];
}
