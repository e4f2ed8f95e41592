import type { JobKey, TeamId } from '../domain/job.ts';

/** Teams whose due jobs are claimed together, those of one AKOOL account. */
export interface ClaimShare {
  readonly teams: readonly TeamId[];
  /** The most jobs of theirs. */
  readonly limit: number;
}

/** The right to write a job until it ends. */
export interface Lease {
  readonly key: JobKey;
  /** Its fencing token. */
  readonly lease: number;
}
