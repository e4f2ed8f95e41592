import type { ClaimShare, Lease } from './lease.ts';
import type { ReadGrant, ReadRequest } from './read-grant.ts';
import type { Job, JobKey, JobKind, TeamId } from '../domain/job.ts';
import type { JobStatus } from '../domain/status.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Signal } from '../runtime/signal.ts';
import type {
  NewCallback,
  NewPurchase,
  OpenCallback,
  Purchase,
  PurchaseAttempt,
  PurchaseKey,
  PurchaseState,
  Verdict,
} from './purchase.ts';
import type { CopyStore } from './media-store.ts';
import type { WakeUps } from './wake-ups.ts';

/**
 * What must survive: jobs, when to look at them next, purchases and callbacks. One interface, one contract suite
 * (test/store/contract/store.contract.ts), several engines. Every verb is one atomic step; what a promise resolves to is durable.
 * Verbs throw StoreUnavailableError when the engine cannot answer, and nothing else that a caller could mend.
 * All instants are milliseconds since the epoch.
 */
export interface Store {
  /** Names this database for good; part of every cursor, so that another database's cursors are recognised. */
  readonly id: string;
  /**
   * The store's own time, as well as this process knows it. Every instant that a verb takes or returns is of this clock, so
   * that instances whose machines disagree about the time agree about jobs.
   */
  readonly clock: Clock;
  /** Whether other instances work on the same database. */
  readonly isShared: boolean;
  /** Tells what other instances changed. */
  readonly wakeUps: WakeUps;
  /** Tells what was written through this store object, once it is durable and before the verb resolves. */
  readonly jobsWritten: Signal<readonly WrittenJob[]>;

  // ── jobs ────────────────────────────────────────────────────────────────────────────────────────────────
  /** The stored jobs among `keys`, in no particular order. */
  readJobs(keys: readonly JobKey[]): Promise<StoredJob[]>;
  /**
   * Like readJobs, for those who would rather hear an old state than none: while the engine cannot answer, the states that this
   * process saw last, if it saw each of these jobs. `observedAt` says how old they are.
   */
  recallJobs(keys: readonly JobKey[]): Promise<StoredJob[]>;
  /**
   * Writes each job whose stored version still is what the writer saw. Returns those that were written, with their sequence;
   * one that lost the race is left out, and the writer reads again. A finished job is never overwritten.
   * At most one write per job in a call.
   */
  writeJobs(writes: readonly JobWrite[]): Promise<StoredJob[]>;
  /** Jobs made here, newest first by (createdAt, id); at most `limit`. */
  listJobs(query: JobListQuery): Promise<Job[]>;
  /** Jobs made here that changed after `after`, oldest change first, at most `limit`. */
  readChanges(team: TeamId, after: number, limit: number): Promise<StoredJob[]>;
  /** The unfinished jobs made here, oldest change first. */
  readUnfinished(team: TeamId): Promise<StoredJob[]>;
  /** The sequence of the team's latest change; 0 before the first. */
  readSequence(team: TeamId): Promise<number>;
  /** The sequence of each of these teams' latest change; a team without one is left out. */
  readSequences(teams: readonly TeamId[]): Promise<ReadonlyMap<TeamId, number>>;
  /** Like readChanges, but of several teams, each after its own place, team by team, and without the jobs themselves. */
  readChangedKeys(after: ReadonlyMap<TeamId, number>, limit: number): Promise<ChangedKey[]>;

  // ── when to look next ───────────────────────────────────────────────────────────────────────────────────
  /**
   * Leases due jobs to the caller for `leaseMs`, so many of each share: watched ones first, then by how long they have been due.
   * Fewer when somebody else claims at the same moment. A leased job is not due for others until its lease ends; writing it with
   * the lease gives it back.
   */
  claimDue(shares: readonly ClaimShare[], leaseMs: number): Promise<ClaimedJob[]>;
  /** Leases these jobs, due or not, to the caller. One that is unknown, finished or leased to somebody is left out. */
  claimJobs(keys: readonly JobKey[], leaseMs: number): Promise<ClaimedJob[]>;
  /** Lets those of these leases that have not ended last for `leaseMs` from now. */
  renewLeases(leases: readonly Lease[], leaseMs: number): Promise<void>;
  /** When the earliest job of these teams is due or its lease ends; null when none ever is. */
  nextDue(teams: readonly TeamId[]): Promise<number | null>;
  /**
   * Marks jobs as watched until `until`, whatever was marked before (one in the past: not watched any more), and makes each due no
   * later than `withinMs` after it was last looked at, as the row says that at that moment; null leaves that alone. Unknown and
   * finished jobs are passed over.
   */
  markWatched(interests: readonly WatchedJobs[], until: number): Promise<void>;
  /** Gives back the leases taken through this store object, so that others need not wait for their end. */
  releaseLeases(): Promise<void>;

  // ── purchases ───────────────────────────────────────────────────────────────────────────────────────────
  /**
   * Takes the key for this attempt, which is then RESERVED. `taken: false` returns the attempt that holds the key instead. An
   * attempt holds its key while it is RESERVED, SENDING or UNKNOWN, and when ACCEPTED until it is past its time.
   */
  reservePurchase(order: NewPurchase): Promise<{ taken: boolean; purchase: Purchase }>;
  /** The attempt that holds the key; null: the key is free. */
  readPurchase(key: PurchaseKey): Promise<Purchase | null>;
  /** What became of an attempt, whether it holds its key or not; null: it was never made, or is forgotten. */
  readAttempt(attempt: string): Promise<Purchase | null>;
  /** The attempt that a webhook token was made for, by the token's digest; null when none has it. */
  readPurchaseByToken(tokenDigest: string): Promise<Purchase | null>;
  /** The attempt that a job came from; null when there is none. */
  readPurchaseByJob(key: JobKey): Promise<Purchase | null>;
  /**
   * Moves this very attempt from one of `from` to `to`; others with the same key are never touched. Null, and nothing done, when
   * it is in another state by now, when the key that it is to hold again is another's by now, or when its job belongs to another
   * purchase and may not be shared. An ACCEPTED one lives as long from then on as it was to live when it was made; one that
   * bought nothing lives for an hour, for those who wait for it.
   */
  movePurchase(
    attempt: PurchaseAttempt,
    from: readonly PurchaseState[],
    to: PurchaseState,
    outcome?: PurchaseOutcome,
  ): Promise<{ purchase: Purchase; job: StoredJob | null } | null>;
  /**
   * Makes known a job that AKOOL made for us and that no purchase can have any more. Where it is known as a foreign one, it
   * becomes one made here.
   */
  adoptJob(accepted: AcceptedWrite): Promise<StoredJob>;
  /**
   * Finds the attempts that an instance left behind when it ended: those in RESERVED become NOT_SENT, those in SENDING become
   * UNKNOWN. Resolves to them as they are then. Those of living instances are not touched.
   */
  recoverPurchases(): Promise<Purchase[]>;
  /** Oldest first. */
  listPurchases(states: readonly PurchaseState[]): Promise<Purchase[]>;
  /** Deletes the attempts past their time, but never one in SENDING or UNKNOWN. Resolves to how many. */
  expirePurchases(): Promise<number>;

  // ── callbacks ───────────────────────────────────────────────────────────────────────────────────────────
  /** Records a callback; false when its digest was recorded before. */
  recordCallback(callback: NewCallback): Promise<boolean>;
  /** The callbacks that have not been followed up and that no other living instance is to follow up, oldest first. */
  readOpenCallbacks(): Promise<OpenCallback[]>;
  /** When another instance last received a callback for the same job before it received this one; null: never. */
  readEarlierRing(digest: string): Promise<number | null>;
  /** Marks a callback as followed up. */
  closeCallback(digest: string): Promise<void>;

  // ── AKOOL accounts, shared by all instances ─────────────────────────────────────────────────────────────
  /** Makes the account known, with so many reads a second. To be called before the next two; again, it changes nothing. */
  openAccount(account: string, perSecond: number): Promise<void>;
  /**
   * Takes reads that may begin now, each account once; the grants come in the same order. In any second at most `perSecond` of
   * an account are given out, among all instances. While the account is shut none is; after `breakAt` failures in a row one at a
   * time is, as a probe.
   */
  takeReads(requests: readonly ReadRequest[], breakAt: number): Promise<ReadGrant[]>;
  /** Counts a failed read; resolves to how many there have been in a row. */
  countFailedRead(account: string): Promise<number>;
  /** A read went well: there are no failures in a row any more. */
  clearFailedReads(account: string): Promise<void>;
  /** Nobody is given a read for at least so many milliseconds. */
  shutAccount(account: string, forMs: number): Promise<void>;

  // ── files that outlive their URLs ───────────────────────────────────────────────────────────────────────
  readonly copies: CopyStore;

  // ── the engine ──────────────────────────────────────────────────────────────────────────────────────────
  /** Resolves when the engine can read and write; throws StoreUnavailableError when it cannot. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** A job with the place of its latest change in its team's sequence and what is known about looking at it again. */
export interface StoredJob {
  readonly job: Job;
  /** Grows with every version of a job made here; 0 for a foreign job. Per team, without gaps in what a reader can see. */
  readonly sequence: number;
  readonly schedule: JobSchedule;
}

/** A job that has just been written. */
export interface WrittenJob {
  readonly stored: StoredJob;
  /** False: the version that was stored before was seen again, and only when to look next has changed. */
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
  /** Until when some instance has watchers on it. Written by markWatched only; ignored in writeJobs. */
  readonly watchedUntil: number;
  /** A webhook was asked for, so polling is only the net below it. */
  readonly hasWebhook: boolean;
  /** When a lease was last taken to read the job, by whichever instance; null: never. Written by claims only. */
  readonly readAt: number | null;
  /** When the gateway first saw the job: what its age is counted from, since AKOOL's own clock and records may be off. Never changes. */
  readonly firstSeenAt: number;
}

/** One write of a job. */
export interface JobWrite {
  readonly job: Job;
  readonly schedule: Omit<JobSchedule, 'watchedUntil' | 'readAt'>;
  /**
   * The version the writer saw; null: it saw none, so the job is inserted. When it equals `job.version`, only observedAt and the
   * schedule are written and the sequence stays.
   */
  readonly seenVersion: number | null;
  /** The lease under which it was read; the write fails when that lease is no longer the job's. Absent: not read under a lease. */
  readonly lease?: number;
}

/** The job that a purchase made. */
export interface AcceptedWrite extends Pick<JobWrite, 'job' | 'schedule'> {
  /**
   * AKOOL itself named the job in its answer to this very request, so it counts even where another purchase has it already: the
   * job then stays as it is.
   */
  readonly mayBeShared: boolean;
}

/** A job that this instance may look at now. */
export interface ClaimedJob extends StoredJob {
  /** The fencing token for JobWrite. */
  readonly lease: number;
}

/** A job that changed, and where its latest change is in the team's sequence. */
export interface ChangedKey extends JobKey {
  readonly version: number;
  readonly sequence: number;
}

/** Somebody watches a job. */
export interface WatchedJobs {
  readonly key: JobKey;
  /** The job is to be looked at no later than this long after the last look; null: when it is due does not change. In milliseconds. */
  readonly withinMs: number | null;
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

/** What an attempt came to. */
export interface PurchaseOutcome {
  /** The job that it made: inserted in the same step, or, where it is known as a foreign one, made one of ours. */
  readonly accepted?: AcceptedWrite;
  readonly verdict?: Verdict;
}

/** The engine cannot answer now. The message is ours and names no path, host or statement. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** How the engine names what is wrong, as in SQLSTATE, for whoever opens the store; empty where it names nothing. */
  readonly code: string;

  constructor(message: string, code = '') {
    super(message);
    this.code = code;
  }
}
