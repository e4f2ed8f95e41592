import { sql } from 'kysely';
import type { JobKind } from '../../../domain/job.ts';
import { JOB_KEY_COLUMNS, toJob, toStoredJob } from './job-rows.ts';
import { isStorable, prepared, type SqlEngine } from '../sql-engine.ts';
import { jobChangeVerbs } from './job-changes.ts';
import { pageOfJobs } from './job-list.ts';
import { writeJobs } from './write-verb.ts';
import type { JobStore } from '../../job-store.ts';
import type { JobTable } from '../schema/tables.ts';

type JobVerbs = Omit<JobStore, 'recallJobs' | 'jobsWritten'>;

/** The verbs about the jobs themselves. */
export function jobVerbs(engine: SqlEngine): JobVerbs {
  const { db, dialect } = engine;
  const selectJobs = prepared<JobTable>(
    db,
    (keys) => sql`
      select job.* from (${dialect.rows(keys, JOB_KEY_COLUMNS)}) as wanted
      join job on job.team = wanted.team and job.kind = wanted.kind and job.id = wanted.id`,
  );
  return {
    ...jobChangeVerbs(engine),

    async readJobs(keys) {
      const known = keys
        .filter(({ id }) => isStorable(id))
        .map(({ team, kind, id }) => ({ team, kind, id }));
      if (known.length === 0) return [];
      const found = await db.executeQuery(selectJobs(known));
      return found.rows.map(toStoredJob);
    },

    writeJobs: writeJobs(engine),

    async listJobs(query) {
      if (query.statuses?.length === 0 || !isStorable(query.analysisId ?? '')) return [];
      const found = await pageOfJobs(db, query).execute();
      return found.map(toJob);
    },

    async readUnfinished(team) {
      // Literals, so that the planner sees that the index of unfinished jobs holds them all.
      const found = await sql<JobTable>`
        select * from job
        where team = ${team} and made_here = 1 and status in ('QUEUED', 'PROCESSING')
        order by sequence`.execute(db);
      return found.rows.map(toStoredJob);
    },

    countUnfinished: (seenBy, atMost) => countUnfinished(db, seenBy, atMost),
  };
}

async function countUnfinished(
  db: SqlEngine['db'],
  seenBy: number,
  atMost: number,
): Promise<Record<JobKind, number>> {
  // Literals, so that the planner sees that the index by age holds them all.
  const counted = await sql<{ readonly kind: JobKind; readonly jobs: number }>`
    select kind, count(*) as jobs from (
      select kind from job
      where made_here = 1 and status in ('QUEUED', 'PROCESSING') and first_seen_at <= ${seenBy}
      order by first_seen_at limit ${atMost}
    ) as old group by kind`.execute(db);
  const jobsOf = new Map(counted.rows.map(({ kind, jobs }) => [kind, jobs]));
  return {
    ANALYSIS: jobsOf.get('ANALYSIS') ?? 0,
    HEAD_SWAP_TASK: jobsOf.get('HEAD_SWAP_TASK') ?? 0,
  };
}
