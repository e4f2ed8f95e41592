import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { JobKey } from '../../../domain/job.ts';
import type { ClaimedCopy, Copy, CopyOutcome, CopyRequest, CopyStore } from '../../media-store.ts';
import type { StoredJob } from '../../job-store.ts';
import { JOB_KEY_COLUMNS, toJob, toStoredJob } from '../jobs/job-rows.ts';
import type { JobTable, MediaCopyTable, TeamCounterTable } from '../schema/tables.ts';
import type { InstanceId, SqlEngine } from '../sql-engine.ts';
import { isOrphan } from '../orphans.ts';
import { holdCounters, raiseCounters } from '../team-counters.ts';

const REQUEST_COLUMNS = {
  ...JOB_KEY_COLUMNS,
  slot: 'text',
  source_url: 'text',
  object_key: 'text',
} as const;

/** The verbs about copies. `onJobChanged` hears of the new version of a job whose copy was settled. */
export function copyVerbs(
  engine: SqlEngine,
  owner: InstanceId,
  onJobChanged: (stored: StoredJob) => void,
): CopyStore {
  const { db, dialect } = engine;
  const now = () => dialect.now();

  /** Up to where the team's jobs were looked at; nobody looks before the team has a job. */
  const cursorOf = async (team: string): Promise<number> => {
    const found = await db
      .selectFrom('media_cursor')
      .select('sequence')
      .where('team', '=', team)
      .executeTakeFirst();
    return found?.sequence ?? 0;
  };

  return {
    async requestCopies(team, requestsOf, limit) {
      const after = await cursorOf(team);
      // Changes become visible in the order of their sequence, so nothing appears later below the last that was seen.
      const found = await sql<JobTable>`
        select * from job where team = ${team} and sequence > ${after} order by sequence limit ${limit}`.execute(
        db,
      );
      const last = found.rows.at(-1)?.sequence ?? null;
      if (last === null) return false;
      const wanted = found.rows
        .filter(({ status }) => status === 'COMPLETED')
        .flatMap((row) => requestsOf(toJob(row)));
      const moved = {
        run: sql`
          insert into media_cursor (team, sequence) values (${team}, ${last})
          on conflict (team) do update set sequence = case
            when excluded.sequence > media_cursor.sequence then excluded.sequence else media_cursor.sequence
          end`,
      };
      if (wanted.length === 0) await engine.batch([moved]);
      else await engine.batch([{ run: insertRequests(engine, wanted) }, moved]);
      return found.rows.length === limit;
    },

    async skipCopies() {
      await sql<TeamCounterTable>`
        insert into media_cursor (team, sequence) select team, sequence from team_counter where true
        on conflict (team) do update set sequence = excluded.sequence`.execute(db);
    },

    async claimCopies(limit, perTeam, leaseMs) {
      // Whoever has ended renews nothing, so its copies need not wait for the end of its leases.
      const isOver = sql`(lease_until <= ${now()} or (
        lease_owner is distinct from ${owner} and ${isOrphan('media_copy', dialect, owner, 'lease_owner')}
      ))`;
      const isDue = sql`due_at <= ${now()} and ${isOver}`;
      const claimed = await sql<MediaCopyTable>`
        with busy as (
          select team, count(*) as running from media_copy
          where lease_owner is not null and not ${isOver} group by team
        ),
        ranked as (
          select media_copy.object_key, coalesce(busy.running, 0)
            + row_number() over (partition by media_copy.team order by due_at) as place, due_at
          from media_copy left join busy on busy.team = media_copy.team
          where ${isDue}
        )
        update media_copy
        set lease_until = ${now()} + ${leaseMs}, lease_token = lease_token + 1, lease_owner = ${owner}
        where object_key in (
          select object_key from media_copy
          where object_key in (
            select object_key from ranked where place <= ${perTeam} order by due_at limit ${limit}
          ) and ${isDue} ${dialect.lockFree}
        )
        returning *`.execute(db);
      return claimed.rows.map((row) => ({ copy: toCopy(row), lease: row.lease_token }));
    },

    async renewCopyLease({ copy, lease }, leaseMs) {
      const renewed = await sql`
        update media_copy set lease_until = ${now()} + ${leaseMs}
        where object_key = ${copy.objectKey} and lease_token = ${lease} and lease_owner = ${owner}
        returning object_key`.execute(db);
      return renewed.rows.length === 1;
    },

    async nextCopyDue() {
      const found = await sql<{ readonly at: number | null }>`
        select min(case when due_at > lease_until then due_at else lease_until end) as at
        from media_copy where due_at is not null`.execute(db);
      return found.rows[0]?.at ?? null;
    },

    async postponeCopy({ copy, lease }, inMs, counts) {
      await sql`
        update media_copy set
          due_at = ${now()} + ${inMs}, attempts = attempts + ${counts ? 1 : 0}, lease_until = 0, lease_owner = null
        where object_key = ${copy.objectKey} and lease_token = ${lease}`.execute(db);
    },

    async settleCopy(claimed, outcome) {
      const { key } = claimed.copy;
      const done = await engine.batch<[unknown, unknown, JobTable, unknown]>([
        holdCounters(dialect, [key.team]),
        { must: true, run: settleRow(engine, claimed, outcome) },
        { must: true, run: nextVersion(key) },
        raiseCounters(dialect, [key.team]),
      ]);
      const row = done?.[2][0];
      if (row === undefined) return false;
      onJobChanged(toStoredJob(row));
      return true;
    },

    async readCopies(keys) {
      const listed = JSON.stringify(keys.map(({ team, kind, id }) => ({ team, kind, id })));
      const wanted = dialect.rows(listed, JOB_KEY_COLUMNS);
      const [rows, fresh] = await Promise.all([
        sql<MediaCopyTable>`
          select media_copy.* from (${wanted}) as wanted join media_copy
            on media_copy.team = wanted.team and media_copy.kind = wanted.kind and media_copy.job_id = wanted.id
          order by media_copy.slot`.execute(db),
        sql<JobKey>`
          select job.team, job.kind, job.id from (${wanted}) as wanted join job
            on job.team = wanted.team and job.kind = wanted.kind and job.id = wanted.id
            left join media_cursor on media_cursor.team = job.team
          where job.status = 'COMPLETED' and job.sequence > coalesce(media_cursor.sequence, 0)`.execute(
          db,
        ),
      ]);
      return keys.flatMap((key) => {
        const copies = rows.rows.filter((row) => isOf(key, { ...row, id: row.job_id })).map(toCopy);
        const isFresh = fresh.rows.some((row) => isOf(key, row));
        return copies.length === 0 && !isFresh ? [] : [{ key, copies, isFresh }];
      });
    },

    async releaseCopies() {
      await sql`
        update media_copy set lease_until = 0, lease_owner = null
        where lease_owner = ${owner} and lease_until > 0`.execute(db);
    },
  };
}

function insertRequests({ dialect }: SqlEngine, requests: readonly CopyRequest[]) {
  const rows = requests.map(({ key, slot, sourceUrl }) => ({
    team: key.team,
    kind: key.kind,
    id: key.id,
    slot,
    source_url: sourceUrl,
    object_key: `copies/${randomUUID()}`,
  }));
  return sql`
    insert into media_copy (
      team, kind, job_id, slot, source_url, object_key, state, attempts, requested_at, due_at, lease_until, lease_token
    )
    select team, kind, id, slot, source_url, object_key, 'PENDING', 0, ${dialect.now()}, ${dialect.now()}, 0, 0
    from (${dialect.rows(JSON.stringify(rows), REQUEST_COLUMNS)}) as wanted where true
    on conflict (team, kind, job_id, slot) do nothing`;
}

function settleRow({ dialect }: SqlEngine, { copy, lease }: ClaimedCopy, outcome: CopyOutcome) {
  const file = outcome.state === 'STORED' ? outcome.file : null;
  const storedAt = file === null ? sql`null` : dialect.now();
  const keepMs = outcome.state === 'STORED' ? outcome.keepMs : null;
  return sql`
    update media_copy set
      state = ${outcome.state}, bytes = ${file?.bytes ?? null}, content_type = ${file?.contentType ?? null},
      sha256 = ${file?.sha256 ?? null}, stored_at = ${storedAt},
      problem = ${outcome.state === 'FAILED' ? outcome.problem : null},
      due_at = ${keepMs === null ? sql`null` : sql`${dialect.now()} + ${keepMs}`},
      lease_until = 0, lease_owner = null
    where object_key = ${copy.objectKey} and lease_token = ${lease}
    returning object_key`;
}

/** The job with its next version and the next change of its team. `updated_at` of a finished job stays its end. */
function nextVersion({ team, kind, id }: JobKey) {
  return sql<JobTable>`
    update job set
      version = job.version + 1,
      sequence = case when made_here = 1
        then (select team_counter.sequence + 1 from team_counter where team_counter.team = job.team)
      end
    where team = ${team} and kind = ${kind} and id = ${id}
    returning *`;
}

function isOf(key: JobKey, row: JobKey): boolean {
  return row.team === key.team && row.kind === key.kind && row.id === key.id;
}

function toCopy(row: MediaCopyTable): Copy {
  const { bytes, content_type: contentType, sha256 } = row;
  const isStored = bytes !== null && contentType !== null && sha256 !== null;
  return {
    key: { team: row.team, kind: row.kind, id: row.job_id },
    slot: row.slot,
    sourceUrl: row.source_url,
    objectKey: row.object_key,
    state: row.state,
    attempts: row.attempts,
    requestedAt: row.requested_at,
    file: isStored ? { bytes, contentType, sha256 } : null,
    storedAt: row.stored_at,
    expiresAt: row.state === 'STORED' ? row.due_at : null,
    problem: row.problem,
  };
}
