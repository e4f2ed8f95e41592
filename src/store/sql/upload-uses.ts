import { sql, type RawBuilder } from 'kysely';
import type { Job } from '../../domain/job.ts';
import { JOB_KEY_COLUMNS } from './jobs/job-rows.ts';
import { isStorable, type SqlDialect, type Step } from './sql-engine.ts';

/**
 * What every URL of an upload has in it: the gateway's own route to files, or the upload's place in
 * a bucket. Most jobs use no upload, and cost no statement then.
 */
const MAY_BE_UPLOAD = /\/(?:media|uploads)\//;

/** Whether a job that is given the URL is seen to use the upload. */
export function mayBeUpload(url: string): boolean {
  return MAY_BE_UPLOAD.test(url) && isStorable(url);
}

/**
 * Notes, in the transaction that makes the jobs ours, the uploads that they were made with; no step
 * where there can be none.
 */
export function noteUses(dialect: SqlDialect, jobs: readonly Job[]): Step<never>[] {
  const uses = jobs.flatMap((job) =>
    urlsOf(job)
      .filter(mayBeUpload)
      .map((url) => ({ team: job.team, kind: job.kind, id: job.id, url })),
  );
  if (uses.length === 0) return [];
  const columns = { ...JOB_KEY_COLUMNS, url: 'text' } as const;
  return [
    {
      run: sql<never>`
        insert into media_upload_use (upload_id, kind, job_id)
        select media_upload.id, uses.kind, uses.id
        from (${dialect.rows(JSON.stringify(uses), columns)}) as uses
          join media_upload on media_upload.url = uses.url and media_upload.team = uses.team
        where true
        on conflict do nothing`,
    },
  ];
}

function urlsOf(job: Job): string[] {
  if (job.kind === 'ANALYSIS') return [job.videoUrl];
  return [job.sourceVideoUrl, ...(job.request?.mappings ?? []).map(({ faceUrl }) => faceUrl)];
}

/** What a job that runs, or ended of late, was made with is kept for a while longer. */
export function postponeInUse(dialect: SqlDialect, afterJobsMs: number): RawBuilder<unknown> {
  const now = dialect.now();
  return sql`
    update media_upload set expires_at = ${now} + ${afterJobsMs}
    where expires_at <= ${now} and exists (
      select 1 from media_upload_use as uses
        join job on job.team = media_upload.team and job.kind = uses.kind and job.id = uses.job_id
      where uses.upload_id = media_upload.id
        and (job.status in ('QUEUED', 'PROCESSING') or job.updated_at > ${now} - ${afterJobsMs})
    )`;
}
