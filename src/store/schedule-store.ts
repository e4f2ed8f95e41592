import type { JobKey, TeamId } from '../domain/job.ts';
import type { StoredJob } from './job-store.ts';

/** When to look at jobs next, and who does. */
export interface ScheduleStore {
  /**
   * Leases due jobs to the caller for `leaseMs`, so many of each share: watched ones first, then by
   * how long they have been due. Fewer when somebody else claims at the same moment. A leased job
   * is not due for others until its lease ends; writing it with the lease gives it back.
   */
  claimDue(shares: readonly ClaimShare[], leaseMs: number): Promise<ClaimedJob[]>;
  /**
   * Leases these jobs, due or not, to the caller. One that is unknown, finished or leased to
   * somebody is left out.
   */
  claimJobs(keys: readonly JobKey[], leaseMs: number): Promise<ClaimedJob[]>;
  /** Lets those of these leases that have not ended last for `leaseMs` from now. */
  renewLeases(leases: readonly Lease[], leaseMs: number): Promise<void>;
  /** When the earliest job of these teams is due or its lease ends; null when none ever is. */
  nextDue(teams: readonly TeamId[]): Promise<number | null>;
  /**
   * Marks jobs as watched until `until`, whatever was marked before (one in the past: not watched
   * any more), and makes each due no later than `withinMs` after it was last looked at, as the row
   * says that at that moment; null leaves that alone. Unknown and finished jobs are passed over.
   */
  markWatched(marks: readonly WatchMark[], until: number): Promise<void>;
  /**
   * Gives back the leases taken through this store object, so that others need not wait for their
   * end.
   */
  releaseLeases(): Promise<void>;
}

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

/** A job that this instance may look at now. */
export interface ClaimedJob extends StoredJob {
  /** The fencing token for JobWrite. */
  readonly lease: number;
}

/** Somebody watches a job. */
export interface WatchMark {
  readonly key: JobKey;
  /**
   * The job is to be looked at no later than this long after the last look; null: when it is due
   * does not change. In milliseconds.
   */
  readonly withinMs: number | null;
}
