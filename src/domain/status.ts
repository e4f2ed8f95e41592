/** The states of a job in the order it goes through them; COMPLETED and FAILED are both the end. */
export type JobStatus = 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

/** Every status, in the order of a job's life. */
export const JOB_STATUSES: readonly JobStatus[] = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'];

/** Whether a job in this status has ended. A job that has ended never changes again. */
export function isFinal(status: JobStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED';
}

/** How far a status is along the way: QUEUED 0, PROCESSING 1, both ends 2. */
export function rankOf(status: JobStatus): number {
  return isFinal(status) ? 2 : JOB_STATUSES.indexOf(status);
}
