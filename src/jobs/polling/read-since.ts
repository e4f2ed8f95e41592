import type { StoredJob } from '../../store/job-store.ts';

/** Whether the latest read of the job, by whichever instance, began after that instant and has brought what it could. */
export function isReadSince({ job, schedule }: StoredJob, since: number): boolean {
  const readAt = schedule.readAt ?? 0;
  return readAt > since && job.observedAt >= readAt;
}
