/** What every state of a job tells, whatever else of it is asked for. */
export interface JobState {
  readonly status: 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';
  readonly version: number;
}

/** Whether the job will never change again. */
export function isFinished({ status }: JobState): boolean {
  return status === 'COMPLETED' || status === 'FAILED';
}
