import { jobKeyText, type JobKey } from '../domain/job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ClaimedJob, Store } from '../store/store.ts';

/** Leases single jobs; requests that come together share a statement. */
export interface Claims {
  /** Null: the job is unknown, finished, or somebody else has it. Throws what the store throws. */
  take(key: JobKey): Promise<ClaimedJob | null>;
}

/** What claims are made of. */
export interface ClaimsParts {
  readonly store: Store;
  readonly clock: Clock;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
}

/** Claims for one process. */
export function createClaims({ store, clock, leaseMs }: ClaimsParts): Claims {
  let gathered: JobKey[] = [];
  let planned: Promise<Map<string, ClaimedJob>> | null = null;

  const takeAll = async (): Promise<Map<string, ClaimedJob>> => {
    await new Promise<void>((resolve) => clock.after(0, resolve));
    const keys = gathered;
    gathered = [];
    planned = null;
    const claimed = await store.claimJobs(keys, leaseMs);
    return new Map(claimed.map((claim) => [jobKeyText(claim.job), claim]));
  };

  return {
    async take(key) {
      gathered.push(key);
      planned ??= takeAll();
      return (await planned).get(jobKeyText(key)) ?? null;
    },
  };
}
