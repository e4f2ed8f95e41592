import { sql } from 'kysely';
import type { JobKey } from '../../../domain/job.ts';
import type { StoredJob } from '../../job-store.ts';
import type { ClaimedCopy, CopyOutcome, CopyStore } from '../../media-store.ts';
import { JOB_KEY_COLUMNS, toStoredJob, takeSequences } from '../jobs/job-rows.ts';
import type { JobTable, MediaCopyTable } from '../schema/tables.ts';
import type { InstanceId, SqlEngine } from '../sql-engine.ts';
import { copyLeaseVerbs } from './copy-leases.ts';
import { copyRequestVerbs } from './request-copies.ts';
import { toCopy } from './copy-rows.ts';

/**
 * The verbs about copies. `onJobChanged` hears of the new version of a job whose copy was settled.
 */
export function copyVerbs(
  engine: SqlEngine,
  owner: InstanceId,
  onJobChanged: (stored: StoredJob) => void,
): CopyStore {
  const { db, dialect } = engine;

  return {
    ...copyRequestVerbs(engine),
    ...copyLeaseVerbs(engine, owner),

    async settleCopy(claimed, outcome) {
      const { key } = claimed.copy;
      const done = await engine.batch<[unknown, unknown, JobTable]>([
        { run: takeSequences(dialect, JSON.stringify([{ team: key.team }])) },
        { must: true, run: settleRow(engine, claimed, outcome) },
        { must: true, run: nextVersion(key) },
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
  };
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

/**
 * The job with its next version and the next change of its team. `updated_at` of a finished job
 * stays its end.
 */
function nextVersion({ team, kind, id }: JobKey) {
  return sql<JobTable>`
    update job set
      version = job.version + 1,
      sequence = case when made_here = 1
        then (select team_counter.sequence from team_counter where team_counter.team = job.team)
      end
    where team = ${team} and kind = ${kind} and id = ${id}
    returning *`;
}

function isOf(key: JobKey, row: JobKey): boolean {
  return row.team === key.team && row.kind === key.kind && row.id === key.id;
}
