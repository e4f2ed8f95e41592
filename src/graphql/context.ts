import type { TeamId } from '../domain/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { JobLoaders } from './loaders.ts';
import { createLoaders } from './loaders.ts';

/** Who asks. Everything they may see follows from the team. */
export interface Caller {
  readonly team: TeamId;
  /** Milliseconds since the epoch; null: the credential does not end by itself. */
  readonly expiresAt: number | null;
  /**
   * Checks the credential again, for what stays open longer than a request; rejects when it cannot be told now. Absent: it cannot
   * be taken back while the process runs.
   */
  readonly isStillGood?: () => Promise<boolean>;
}

/** What resolvers get. One is made for every request and for every event of a subscription, so loaders in it are never stale. */
export interface GraphContext {
  readonly caller: Caller;
  readonly jobs: Jobs;
  readonly loaders: JobLoaders;
}

/** A fresh context. */
export function createContext(caller: Caller, jobs: Jobs): GraphContext {
  return { caller, jobs, loaders: createLoaders(jobs) };
}
