import type { Job, JobKey, JobKind, JobStatus, TeamId } from '../domain/job.ts';
import type { Signal } from '../runtime/signal.ts';

/** What is known of jobs. */
export interface JobStore {
  /** The stored jobs among `keys`, in no particular order. */
  readJobs(keys: readonly JobKey[]): Promise<StoredJob[]>;
  /**
   * Like readJobs, for those who would rather hear an old state than none: while the engine cannot
   * answer, the states that this process saw last, if it saw each of these jobs. `observedAt` says
   * how old they are.
   */
  recallJobs(keys: readonly JobKey[]): Promise<StoredJob[]>;
  /**
   * Writes each job whose stored version still is what the writer saw. Returns those that were
   * written, with their sequence; one that lost the race is left out, and the writer reads again. A
   * finished job is never overwritten. At most one write per job in a call.
   */
  writeJobs(writes: readonly JobWrite[]): Promise<StoredJob[]>;
  /** Jobs made here, newest first by (createdAt, id); at most `limit`. */
  listJobs(query: JobListQuery): Promise<Job[]>;
  /** Jobs made here that changed after `after`, oldest change first, at most `limit`. */
  readChanges(team: TeamId, after: number, limit: number): Promise<StoredJob[]>;
  /** The unfinished jobs made here, oldest change first. */
  readUnfinished(team: TeamId): Promise<StoredJob[]>;
  /**
   * How many unfinished jobs made here were first seen at `seenBy` or before, of all teams, by
   * kind. At most `atMost` are looked at, so that a backlog costs no more.
   */
  countUnfinished(seenBy: number, atMost: number): Promise<Record<JobKind, number>>;
  /** The sequence of the team's latest change; 0 before the first. */
  readSequence(team: TeamId): Promise<number>;
  /** The sequence of each of these teams' latest change; a team without one is left out. */
  readSequences(teams: readonly TeamId[]): Promise<ReadonlyMap<TeamId, number>>;
  /**
   * Like readChanges, but of several teams, each after its own place, at most `limit` of each, team
   * by team, and without the jobs themselves.
   */
  readChangedKeys(after: ReadonlyMap<TeamId, number>, limit: number): Promise<ChangedKey[]>;
  /**
   * Tells what was written through this store object, once it is durable and before the verb
   * resolves.
   */
  readonly jobsWritten: Signal<readonly WrittenJob[]>;
}

/**
 * A job with the place of its latest change in its team's sequence and what is known about looking
 * at it again.
 */
export interface StoredJob {
  readonly job: Job;
  /**
   * Grows with every version of a job made here; 0 for a foreign job. Per team, without gaps in
   * what a reader can see.
   */
  readonly sequence: number;
  readonly schedule: JobSchedule;
}

/** A job that has just been written. */
export interface WrittenJob {
  readonly stored: StoredJob;
  /**
   * False: the version that was stored before was seen again, and only when to look next has
   * changed.
   */
  readonly isNewVersion: boolean;
}

/** What the poller remembers of a job. */
export interface JobSchedule {
  /** When to look next; null: not until somebody watches, or never again. */
  readonly dueAt: number | null;
  /** Reads that failed in a row. */
  readonly failures: number;
  /** Since when AKOOL has denied knowing it without a break; null when it does not. */
  readonly deniedSince: number | null;
  /**
   * Until when some instance has watchers on it; may be over. Written by markWatched, and by
   * writeJobs where a write says so; any other write makes it 0 once it is over.
   */
  readonly watchedUntil: number;
  /** A webhook was asked for, so polling is only the net below it. */
  readonly hasWebhook: boolean;
  /**
   * When a lease was last taken to read the job, by whichever instance; null: never. Written by
   * claims only.
   */
  readonly readAt: number | null;
  /**
   * When the gateway first saw the job: what its age is counted from, since AKOOL's own clock and
   * records may be off. Never changes.
   */
  readonly firstSeenAt: number;
}

/** One write of a job. */
export interface JobWrite {
  readonly job: Job;
  readonly schedule: Omit<JobSchedule, 'watchedUntil' | 'readAt'>;
  /**
   * The version the writer saw; null: it saw none, so the job is inserted. When it equals
   * `job.version`, only observedAt and the schedule are written and the sequence stays.
   */
  readonly seenVersion: number | null;
  /**
   * Whether the status is the one that the writer saw, which costs less to write. Default: false.
   */
  readonly keepsStatus?: boolean;
  /** Somebody watches the job: it is marked so until then. Absent: a mark that holds stays. */
  readonly watchedUntil?: number;
  /**
   * The lease under which it was read; the write fails when that lease is no longer the job's.
   * Absent: not read under a lease.
   */
  readonly lease?: number;
}

/** A job that changed, and where its latest change is in the team's sequence. */
export interface ChangedKey extends JobKey {
  readonly version: number;
  readonly sequence: number;
}

/** A page of a list. */
export interface JobListQuery {
  readonly team: TeamId;
  readonly kind: JobKind;
  /** Null: any. Empty: none. */
  readonly statuses: readonly JobStatus[] | null;
  /** Only the tasks made from this analysis; null: all. */
  readonly analysisId: string | null;
  /** Only what comes after this place; null: from the newest. */
  readonly after: JobPosition | null;
  readonly limit: number;
}

/** A place in a list of jobs. */
export interface JobPosition {
  readonly createdAt: number;
  readonly id: string;
}
