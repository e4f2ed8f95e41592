import type { Job } from '../../domain/job.ts';
import type { JobTraces } from '../../jobs/job-traces.ts';
import type { CauseOf } from '../../server/operation.ts';

/** What led to an event of a subscription, which is a job or an entry of the team's feed. */
export function causeOfEvents(traces: JobTraces): CauseOf {
  return (event, since) => {
    const job = jobIn(event);
    return job === null ? null : traces.causeOf(job, job.version, since);
  };
}

function jobIn(event: unknown): Job | null {
  if (typeof event !== 'object' || event === null) return null;
  if ('job' in event) return jobIn(event.job);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the events of subscriptions are jobs
  return 'version' in event ? (event as Job) : null;
}
