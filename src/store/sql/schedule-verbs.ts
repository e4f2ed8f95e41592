import { type RawBuilder, sql } from 'kysely';
import { claimVerbs } from './claim-verbs.ts';
import { JOB_KEY_COLUMNS } from './jobs/job-rows.ts';
import { MARKED, MARKS } from './schema/tables.ts';
import {
  type InstanceId,
  isStorable,
  type JsonText,
  prepared,
  type SqlDialect,
  type SqlEngine,
} from './sql-engine.ts';
import type { ScheduleStore } from '../schedule-store.ts';

/** The verbs about when to look at a job next. */
export function scheduleVerbs(
  { unsynced, dialect }: Pick<SqlEngine, 'unsynced' | 'dialect'>,
  instance: InstanceId,
): ScheduleStore {
  const findNext = prepared(unsynced, (list) => nextOf(dialect, list));
  const mark = prepared(unsynced, (list) => markRows(dialect, list));
  return {
    ...claimVerbs({ unsynced, dialect }, instance),

    async renewLeases(leases, leaseMs) {
      if (leases.length === 0) return;
      const now = dialect.now();
      const rows = leases.map(({ key: { team, kind, id }, lease }) => ({ team, kind, id, lease }));
      const columns = { ...JOB_KEY_COLUMNS, lease: 'int' } as const;
      await sql`
        with held as (
          select job.team, job.kind, job.id
          from (${dialect.rows(JSON.stringify(rows), columns)}) as listed join job
            on job.team = listed.team and job.kind = listed.kind and job.id = listed.id
          where job.lease_token = listed.lease and job.lease_until > ${now} ${dialect.lockInOrder}
        )
        update job set lease_until = ${now} + ${leaseMs} from held
        where job.team = held.team and job.kind = held.kind and job.id = held.id`.execute(unsynced);
    },

    async nextDue(teams) {
      const next = await unsynced.executeQuery(findNext(teams.map((team) => ({ team }))));
      return next.rows[0]?.at ?? null;
    },

    async markWatched(marks, until) {
      const rows = marks
        .filter(({ key }) => isStorable(key.id))
        .map(({ key: { team, kind, id }, withinMs }) => ({
          team,
          kind,
          id,
          within_ms: withinMs,
          until,
        }));
      if (rows.length > 0) await unsynced.executeQuery(mark(rows));
    },

    async releaseLeases() {
      await sql`
        update job set lease_until = 0, lease_owner = null
        where (team, kind, id) in (
          select team, kind, id from job
          where lease_owner = ${instance} and lease_until > 0 ${dialect.lockInOrder}
        )`.execute(unsynced);
    },
  };
}

/** When the earliest job of the listed teams is due, or its lease ends. */
function nextOf(dialect: SqlDialect, list: JsonText): RawBuilder<{ readonly at: number | null }> {
  const now = dialect.now();
  const listed = dialect.rows(list, { team: 'text' });
  // An expression rather than the column, so that the few that are leased are not searched by
  // their team.
  return sql`
    select min(at) as at from (
      select (
        select due_at from job
        where job.team = listed.team and ${MARKED} = marks.marked and due_at is not null
          and lease_until <= ${now}
        order by due_at limit 1
      ) as at
      from (${listed}) as listed cross join ${MARKS}
      union all
      select case when due_at > lease_until then due_at else lease_until end from job
      where lease_owner is not null and lease_until > ${now}
        and due_at is not null and (team || '') in (${listed})
    ) as candidate`;
}

function markRows(dialect: SqlDialect, list: JsonText): RawBuilder<unknown> {
  const columns = { ...JOB_KEY_COLUMNS, within_ms: 'int', until: 'int' } as const;
  return sql`
    with wanted as (
      select team, kind, id, min(within_ms) as within_ms, max(until) as until
      from (${dialect.rows(list, columns)}) as listed
      group by team, kind, id
    ),
    held as (
      select job.team, job.kind, job.id, wanted.until,
        case when read_at > observed_at then read_at else observed_at end + within_ms as due_by
      from wanted join job
        on job.team = wanted.team and job.kind = wanted.kind and job.id = wanted.id
      where job.status in ('QUEUED', 'PROCESSING') ${dialect.lockInOrder}
    )
    update job set
      watched_until = held.until,
      due_at = case
        when held.due_by is null or due_at < held.due_by then due_at else held.due_by
      end
    from held
    where job.team = held.team and job.kind = held.kind and job.id = held.id`;
}
