import type { JobObserver } from '../../jobs/job-observer.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';

/** Counts what becomes of jobs. */
export function observeJobs({ pollLagSeconds, jobEnds, detectionSeconds }: Metrics): JobObserver {
  const lag = pollLagSeconds.at();
  return {
    claimed(lateMs) {
      lag.observe(Math.max(0, lateMs) / 1000);
    },
    ended({ kind, status }, seenBy, unseenMs) {
      jobEnds.at(kind, status, seenBy).add();
      detectionSeconds.at(seenBy).observe(Math.max(0, unseenMs) / 1000);
    },
  };
}
