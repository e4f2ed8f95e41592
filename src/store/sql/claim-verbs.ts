import { sql, type RawBuilder } from 'kysely';
import type { ClaimedJob, ScheduleStore } from '../schedule-store.ts';
import { JOB_KEY_COLUMNS, toStoredJob } from './jobs/job-rows.ts';
import { MARKED, type JobTable } from './schema/tables.ts';
import { isStorable, prepared, type InstanceId, type SqlEngine } from './sql-engine.ts';

/** The verbs that lease jobs to an instance. */
export function claimVerbs(
  { unsynced, dialect }: Pick<SqlEngine, 'unsynced' | 'dialect'>,
  instance: InstanceId,
): Pick<ScheduleStore, 'claimDue' | 'claimJobs'> {
  const now = dialect.now();
  const leased = sql`
        lease_until = ${now} + (select max(lease_ms) from listed), lease_token = lease_token + 1,
        lease_owner = ${instance}, read_at = ${now}`;
  const claimListed = prepared<JobTable>(unsynced, (list) => {
    const columns = { ...JOB_KEY_COLUMNS, lease_ms: 'int' } as const;
    return sql`
      with listed as (${dialect.rows(list, columns)})
      update job
      set ${leased}
      where (team, kind, id) in (
        select team, kind, id from job
        where (team, kind, id) in (select team, kind, id from listed)
          and status in ('QUEUED', 'PROCESSING') and lease_until <= ${now} ${dialect.lockFree}
      )
      returning *`;
  });
  const claimFirst = prepared<ClaimedRow>(unsynced, (list) => {
    const columns = { share: 'int', team: 'text', most: 'int', lease_ms: 'int' } as const;
    const isDue = sql`job.due_at <= ${now} and job.lease_until <= ${now}`;
    const isWatched = sql`job.watched_until > ${now}`;
    // No share gets more of any of its teams, so no more of a backlog is looked at.
    const firstOf = (isWanted: RawBuilder<unknown>): RawBuilder<unknown> => sql`
      select listed.share, listed.most, job.team, job.kind, job.id, job.due_at,
        case when ${isWatched} then 0 else 1 end as turn
      from ${dialect.firstOfEach('listed', {
        where: sql`job.team = listed.team and ${isWanted} and ${isDue}`,
        orderBy: sql`job.due_at`,
        limit: sql`(select max(most) from listed)`,
      })}`;
    // Whoever claims at the same time finds the same jobs, and passes over those that are locked.
    return sql`
      with listed as (${dialect.rows(list, columns)}),
      candidate as (
        ${firstOf(sql`${MARKED} = 1 and ${isWatched}`)}
        union all
        -- Marks that have run out.
        ${firstOf(sql`${MARKED} = 1`)} where not (${isWatched})
        union all
        ${firstOf(sql`${MARKED} = 0`)}
      ),
      ranked as (
        select team, kind, id, most,
          row_number() over (partition by share order by turn, due_at) as place
        from candidate
      )
      update job
      set ${leased}
      where (team, kind, id) in (
        select team, kind, id from job
        where (team, kind, id) in (select team, kind, id from ranked where place <= most)
          and ${isDue} ${dialect.lockFree}
      )
      returning *, case when ${isWatched} then 1 else 0 end as watched`;
  });
  return {
    async claimDue(shares, leaseMs) {
      const rows = shares.flatMap(({ teams, limit }, share) =>
        teams.map((team) => ({ share, team, most: limit, lease_ms: leaseMs })),
      );
      if (rows.length === 0) return [];
      const claimed = await unsynced.executeQuery(claimFirst(rows));
      return claimed.rows
        .sort((a, b) => b.watched - a.watched || Number(a.due_at) - Number(b.due_at))
        .map(toClaimedJob);
    },

    async claimJobs(keys, leaseMs) {
      const rows = keys
        .filter(({ id }) => isStorable(id))
        .map(({ team, kind, id }) => ({ team, kind, id, lease_ms: leaseMs }));
      if (rows.length === 0) return [];
      const claimed = await unsynced.executeQuery(claimListed(rows));
      return claimed.rows.map(toClaimedJob);
    },
  };
}

type ClaimedRow = JobTable & { readonly watched: number };

function toClaimedJob(row: JobTable): ClaimedJob {
  return { ...toStoredJob(row), lease: row.lease_token };
}
