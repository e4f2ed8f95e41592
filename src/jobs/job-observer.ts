import type { Job } from '../domain/job.ts';

/** Why a job is read: it was due, a webhook came, or somebody asked. */
export type ReadCause = 'poll' | 'webhook' | 'query';

/** Is told what becomes of jobs. Must not throw. */
export interface JobObserver {
  /** A job was claimed so many milliseconds after it was due. */
  claimed(lateMs: number): void;
  /** A read has shown that a job ended. `unseenMs`: since AKOOL last said that it runs. */
  ended(job: Job, seenBy: ReadCause, unseenMs: number): void;
}

export const unobserved: JobObserver = { claimed() {}, ended() {} };
