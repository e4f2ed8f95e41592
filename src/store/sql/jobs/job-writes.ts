import { type RawBuilder, sql } from 'kysely';
import { JOB_KEY_COLUMNS, JOB_WRITE_COLUMNS, type WrittenRow } from './job-rows.ts';
import type { JobTable } from '../schema/tables.ts';
import type { JsonText, SqlDialect } from '../sql-engine.ts';

/** What the answer to changes and news has of their rows. */
const WRITTEN = sql`job.team, job.kind, job.id, job.sequence, job.watched_until, job.read_at`;

/**
 * Makes the changes among the writes in `json` and returns their rows; the rows of all of them are
 * locked. `won` are the writes whose writer saw the present version under a lease that still holds.
 * Those of jobs made here get the sequences that were taken for their team, in the order of the
 * call.
 */
export function changeRows(dialect: SqlDialect, json: JsonText): RawBuilder<WrittenRow> {
  return sql<WrittenRow>`
    with seen as (${dialect.rows(json, JOB_WRITE_COLUMNS)}),
    held as (
      select team, kind, id, version, status, lease_token from job
      where (team, kind, id) in (select team, kind, id from seen) ${dialect.lockInOrder}
    ),
    won as (
      select seen.* from seen left join held
        on held.team = seen.team and held.kind = seen.kind and held.id = seen.id
      where seen.way = 'change' and case
        when seen.seen_version is null then held.id is null
        else held.version = seen.seen_version and held.status in ('QUEUED', 'PROCESSING')
          and (seen.lease is null or seen.lease = held.lease_token)
      end
    )
    insert into job (
      team, kind, id, made_here, status, version, sequence, created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, watched_until, has_webhook, first_seen_at, lease_until,
      lease_token
    )
    select
      won.team, kind, id, made_here, status, version,
      case when made_here = 1 then team_counter.sequence - behind end,
      created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, coalesce(mark_until, 0), has_webhook, first_seen_at, 0, coalesce(lease, 0)
    from won left join team_counter on team_counter.team = won.team
    where true
    on conflict (team, kind, id) do update set
      made_here = excluded.made_here,
      status = excluded.status,
      version = excluded.version,
      sequence = excluded.sequence,
      created_at = excluded.created_at,
      updated_at = excluded.updated_at,
      observed_at = excluded.observed_at,
      analysis_id = excluded.analysis_id,
      asked = excluded.asked,
      doc = excluded.doc,
      due_at = excluded.due_at,
      failures = excluded.failures,
      denied_since = excluded.denied_since,
      has_webhook = excluded.has_webhook,
      watched_until = ${markedUntil(dialect, sql`nullif(excluded.watched_until, 0)`)},
      lease_until = case when excluded.lease_token = job.lease_token then 0 else job.lease_until end,
      lease_owner = case when excluded.lease_token = job.lease_token then null else job.lease_owner end
    -- Only where it was looked at first: it may have been inserted since by a writer that had nothing to wait for.
    where exists (
      select 1 from held where held.team = job.team and held.kind = job.kind and held.id = job.id
    )
    returning ${WRITTEN}`;
}

/** What news set. */
const NEWS_COLUMNS = {
  ...JOB_KEY_COLUMNS,
  way: 'text',
  behind: 'int',
  seen_version: 'int',
  lease: 'int',
  status: 'text',
  version: 'int',
  updated_at: 'int',
  observed_at: 'int',
  doc: 'text',
  due_at: 'int',
  failures: 'int',
  denied_since: 'int',
  has_webhook: 'int',
  mark_until: 'int',
} as const;

/**
 * Writes the news among the writes in `json`; the rows of all of them are locked. Apart from other
 * changes, because SQLite rewrites the entry in each index that has to do with a column which an
 * update sets, whether or not the value changes.
 */
export function newsRows(dialect: SqlDialect, json: JsonText): RawBuilder<WrittenRow> {
  return sql<WrittenRow>`
    with seen as (${dialect.rows(json, NEWS_COLUMNS)}),
    held as (${stillHeld(dialect, sql.ref('seen.seen_version'))}),
    won as (
      select held.*, team_counter.sequence - behind as sequence
      from held left join team_counter on team_counter.team = held.team
      where held.way = 'news'
    )
    update job set
      version = won.version,
      sequence = case when made_here = 1 then won.sequence end,
      updated_at = won.updated_at,
      observed_at = won.observed_at,
      doc = won.doc,
      due_at = won.due_at,
      failures = won.failures,
      denied_since = won.denied_since,
      has_webhook = won.has_webhook,
      watched_until = ${markedUntil(dialect, sql.ref('won.mark_until'))},
      ${leaseGivenBack('won')}
    from won
    where job.team = won.team and job.kind = won.kind and job.id = won.id
      and job.status = won.status
    returning ${WRITTEN}`;
}

const CONFIRM_COLUMNS = {
  ...JOB_KEY_COLUMNS,
  version: 'int',
  lease: 'int',
  observed_at: 'int',
  due_at: 'int',
  failures: 'int',
  denied_since: 'int',
  has_webhook: 'int',
  mark_until: 'int',
} as const;

/**
 * Writes when the jobs in `json` were last seen in the version that is stored, and when to look
 * again, and returns their rows. Apart from the changes, because it is what most reads lead to and
 * touches few indexes.
 */
export function confirmRows(dialect: SqlDialect, json: JsonText): RawBuilder<JobTable> {
  return sql<JobTable>`
    with seen as (${dialect.rows(json, CONFIRM_COLUMNS)}),
    held as (${stillHeld(dialect, sql.ref('seen.version'))})
    update job set
      observed_at = held.observed_at,
      due_at = held.due_at,
      failures = held.failures,
      denied_since = held.denied_since,
      has_webhook = held.has_webhook,
      watched_until = ${markedUntil(dialect, sql.ref('held.mark_until'))},
      ${leaseGivenBack('held')}
    from held
    where job.team = held.team and job.kind = held.kind and job.id = held.id
    returning *`;
}

/** The new mark; without one the old, unless that has run out. */
function markedUntil(dialect: SqlDialect, mark: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce(
      ${mark}, case when job.watched_until > ${dialect.now()} then job.watched_until else 0 end
    )`;
}

/** Those of `seen` whose writer saw the present version of a running job, by a lease that holds. */
function stillHeld(dialect: SqlDialect, version: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
      select seen.* from seen join job
        on job.team = seen.team and job.kind = seen.kind and job.id = seen.id
      where job.version = ${version} and job.status in ('QUEUED', 'PROCESSING')
        and (seen.lease is null or seen.lease = job.lease_token) ${dialect.lockInOrder}`;
}

/** What a write sets of the lease that it was made under, if any. */
function leaseGivenBack(write: string): RawBuilder<unknown> {
  const lease = sql.ref(`${write}.lease`);
  return sql`lease_until = case when ${lease} is null then job.lease_until else 0 end,
      lease_owner = case when ${lease} is null then job.lease_owner else null end`;
}
