import DataLoader from 'dataloader';
import { jobKeyText, type JobKey } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ClaimedJob, ScheduleStore } from '../../store/schedule-store.ts';

/** Leases single jobs; requests that come together share a statement. */
export interface Claims {
  /** Null: the job is unknown, finished, or somebody else has it. Throws what the store throws. */
  take(key: JobKey): Promise<ClaimedJob | null>;
}

export interface ClaimsParts {
  readonly store: ScheduleStore;
  readonly clock: Clock;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
}

export function createClaims({ store, clock, leaseMs }: ClaimsParts): Claims {
  const takes = new DataLoader<JobKey, ClaimedJob | null>(
    async (keys) => {
      const claimed = await store.claimJobs(keys, leaseMs);
      const byKey = new Map(claimed.map((claim) => [jobKeyText(claim.job), claim]));
      return keys.map((key) => byKey.get(jobKeyText(key)) ?? null);
    },
    { cache: false, batchScheduleFn: (run) => void clock.after(0, run) },
  );
  return { take: (key) => takes.load(key) };
}
