import type {
  Analysis,
  HeadMapping,
  HeadSwapTask,
  Job,
  JobKey,
  Resolution,
  TeamId,
} from '../domain/job.ts';

import type { JobListQuery } from '../store/job-store.ts';

/**
 * A stream whose `return()` takes effect at once, even while a `next()` is pending: listeners and
 * marks are released.
 */
export type JobStream<Value> = AsyncIterableIterator<Value, undefined, undefined>;

/** A change of one of the team's jobs, with its place in the team's sequence. */
export interface TeamEvent {
  readonly sequence: number;
  readonly job: Job;
}

/** What submitAnalysis takes; defaults filled in, nothing checked. */
export interface SubmitAnalysisInput {
  readonly videoUrl: string;
  /** Null: always a new analysis. */
  readonly idempotencyKey: string | null;
}

/**
 * What createHeadSwapTask takes; defaults filled in, the input's own mistakes already ruled out by
 * the schema.
 */
export interface CreateHeadSwapTaskInput {
  readonly idempotencyKey: string;
  readonly analysisId: string;
  readonly mappings: readonly HeadMapping[];
  readonly resolution: Resolution;
  readonly modelName: string;
  readonly keepOriginalSound: boolean;
  readonly templateId: string | null;
}

/**
 * Everything the schema may do with jobs. Every verb is scoped to a team; another team's job is as
 * unknown as one that never was. Verbs throw GatewayError for what becomes a top-level error,
 * StoreUnavailableError when the store is away, and the two mutations and `createResult` throw
 * ExpectedErrors for what becomes a member of a result union.
 */
export interface Jobs {
  /** Part of every cursor; see Store.id. */
  readonly storeId: string;
  /**
   * The present state of one job, read from AKOOL when it is live and was last confirmed longer
   * than its polling interval ago; the last that is known where that takes longer than a tenth of
   * a second. Null: unknown. Throws AKOOL_UNAVAILABLE, AKOOL_REJECTED or AKOOL_PROTOCOL only for a
   * job of which nothing is known.
   */
  find(key: JobKey): Promise<Job | null>;
  /** What `find` would answer, where that is at hand; null: `find` has to be asked. */
  recent(key: JobKey): Job | null;
  /** What the store knows, in the order of the keys; asks AKOOL for nothing. */
  known(keys: readonly JobKey[]): Promise<(Job | null)[]>;
  /** Jobs made here, newest first. */
  list(query: JobListQuery): Promise<Job[]>;
  submitAnalysis(team: TeamId, input: SubmitAnalysisInput): Promise<Analysis>;
  createHeadSwapTask(team: TeamId, input: CreateHeadSwapTaskInput): Promise<HeadSwapTask>;
  /**
   * What became of the create with this key. Null: the key is unused. Throws OutcomeUnknownError
   * while nobody can tell.
   */
  createResult(team: TeamId, idempotencyKey: string): Promise<HeadSwapTask | null>;
  /**
   * Null when AKOOL answers without a number. Throws AKOOL_UNAVAILABLE, AKOOL_REJECTED,
   * AKOOL_PROTOCOL.
   */
  creditBalance(team: TeamId): Promise<number | null>;
  /**
   * One job's states, newest known first, then each newer one; completes after the final one. With
   * `after` equal to the present version the first is left out. Throws NOT_FOUND before the stream
   * begins.
   */
  watch(key: JobKey, after: number | null): Promise<JobStream<Job>>;
  /**
   * The team's changes; never completes. `after: null` begins with the present state of every
   * unfinished job; a sequence begins with every job changed since, in its latest state. Conflated
   * per job. Throws INVALID_INPUT for a sequence not yet reached.
   */
  watchTeam(team: TeamId, after: number | null): Promise<JobStream<TeamEvent>>;
  /** The sequence of the team's latest change; 0 before the first. */
  sequence(team: TeamId): Promise<number>;
}
