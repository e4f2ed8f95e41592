import { sql, type RawBuilder } from 'kysely';
import type { AcceptedWrite } from '../../purchase-store.ts';
import { JOB_WRITE_COLUMNS, toJobRow } from '../jobs/job-rows.ts';
import type { JobTable } from '../schema/tables.ts';
import type { SqlDialect } from '../sql-engine.ts';

/**
 * Inserts the job, or, where it is known as a foreign one, makes it ours: it keeps the state that
 * was seen of it, takes over what only the caller can have said, and is due at once so that a newer
 * state is not missed. One that is ours already stays as it is.
 */
export function insertOrAdopt(dialect: SqlDialect, accepted: AcceptedWrite): RawBuilder<JobTable> {
  const json = JSON.stringify([toJobRow({ ...accepted, seenVersion: null })]);
  return sql<JobTable>`
    with made as (${dialect.rows(json, JOB_WRITE_COLUMNS)})
    ${insertOrAdoptFrom(
      dialect,
      sql`team_counter.sequence`,
      sql`made join team_counter on team_counter.team = made.team`,
    )}`;
}

/** `from`: the jobs, as `made`, with whatever their `sequence` is taken from. */
export function insertOrAdoptFrom(
  dialect: SqlDialect,
  sequence: RawBuilder<unknown>,
  from: RawBuilder<unknown>,
): RawBuilder<JobTable> {
  return sql<JobTable>`
    insert into job (
      team, kind, id, made_here, status, version, sequence, created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, watched_until, has_webhook, first_seen_at, lease_until,
      lease_token
    )
    select
      made.team, kind, id, made_here, status, version, ${sequence}, made.created_at, made.updated_at,
      observed_at, analysis_id, asked, doc, due_at, failures, denied_since, 0, has_webhook, first_seen_at, 0, 0
    from ${from}
    -- In the order in which every write locks jobs, so that two instances cannot deadlock.
    where true order by made.team, kind, id
    on conflict (team, kind, id) do update set
      made_here = 1,
      version = job.version + 1 - job.made_here,
      sequence = coalesce(job.sequence, excluded.sequence),
      updated_at = case job.made_here when 1 then job.updated_at else excluded.updated_at end,
      analysis_id = case job.made_here when 1 then job.analysis_id else excluded.analysis_id end,
      asked = case job.made_here when 1 then job.asked else excluded.asked end,
      has_webhook = case job.made_here when 1 then job.has_webhook else excluded.has_webhook end,
      due_at = case when job.status in ('QUEUED', 'PROCESSING') then ${dialect.now()} else null end
    returning *`;
}
