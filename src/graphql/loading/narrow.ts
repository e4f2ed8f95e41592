import type { Analysis, HeadSwapTask, Job } from '../../domain/job.ts';

/** The job, which was asked for as an analysis. Anything else is a mistake of ours. */
export function asAnalysis(job: Job): Analysis {
  if (job.kind === 'ANALYSIS') return job;
  throw new Error('Expected an analysis, got a head swap task.');
}

/** The job, which was asked for as a head swap task. Anything else is a mistake of ours. */
export function asHeadSwapTask(job: Job): HeadSwapTask {
  if (job.kind === 'HEAD_SWAP_TASK') return job;
  throw new Error('Expected a head swap task, got an analysis.');
}

/** What was found, narrowed; at once where it was found at once. */
export function narrowed<Kind>(
  found: Job | null | Promise<Job | null>,
  narrow: (job: Job) => Kind,
): Kind | null | Promise<Kind | null> {
  if (found instanceof Promise) return found.then((job) => job && narrow(job));
  return found && narrow(found);
}
