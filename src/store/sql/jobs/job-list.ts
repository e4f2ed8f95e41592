import type { Kysely, SelectQueryBuilder } from 'kysely';
import { sql } from 'kysely';
import type { JobStatus } from '../../../domain/job.ts';
import type { JobListQuery } from '../../job-store.ts';
import type { JobTable, Tables } from '../schema/tables.ts';

type JobSelect = SelectQueryBuilder<Tables, 'job', JobTable>;

/**
 * One page of a list. A list by status is the first page of each status, merged: each of them is a
 * walk along an index that ends after `limit` rows, however many jobs of other statuses lie
 * between. The tasks of one analysis are few and are filtered instead.
 */
export function pageOfJobs(db: Kysely<Tables>, query: JobListQuery): JobSelect {
  const { statuses, limit } = query;
  const all = newestFirst(candidates(db, query), limit);
  if (statuses === null) return all;
  const distinct = [...new Set(statuses)];
  if (query.analysisId !== null) return all.where(statusAsFilter(), 'in', distinct);
  const [first, ...rest] = distinct.map((status) => ofStatus(db, query, status));
  if (first === undefined) return all.limit(0);
  const merged = rest.reduce((pages, page) => pages.unionAll(page), first);
  return newestFirst(db.selectFrom(merged.as('job')).selectAll(), limit);
}

function candidates(
  db: Kysely<Tables>,
  { team, kind, analysisId, after }: JobListQuery,
): JobSelect {
  let jobs = db
    .selectFrom('job')
    .selectAll()
    .where('team', '=', team)
    .where('kind', '=', kind)
    // A literal, so that the planner sees that the indexes of jobs made here hold them all.
    .where('made_here', '=', sql.lit(1));
  if (analysisId !== null) jobs = jobs.where('analysis_id', '=', analysisId);
  if (after === null) return jobs;
  return jobs.where((eb) =>
    eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(after.createdAt, after.id)),
  );
}

function ofStatus(db: Kysely<Tables>, query: JobListQuery, status: JobStatus): JobSelect {
  const page = newestFirst(candidates(db, query).where('status', '=', status), query.limit);
  return db.selectFrom(page.as('job')).selectAll();
}

function newestFirst(jobs: JobSelect, limit: number): JobSelect {
  return jobs.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit);
}

/**
 * An expression rather than the column, so that the planner does not take the index by status for
 * it.
 */
function statusAsFilter() {
  return sql<JobStatus>`(status || '')`;
}
