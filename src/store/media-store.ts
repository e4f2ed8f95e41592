import type { Job, JobKey, TeamId } from '../domain/job.ts';

/**
 * Which file of a job a copy is of: a task's output, or the preview of the person with that objId.
 */
export type CopySlot = 'output' | `preview:${number}`;

/** A file of a job that is to be kept. */
export interface CopyRequest {
  readonly key: JobKey;
  readonly slot: CopySlot;
  readonly sourceUrl: string;
}

/** What is known of a file that was kept. Instants are milliseconds since the epoch. */
export interface StoredFile {
  readonly bytes: number;
  readonly contentType: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Where a copy stands. */
export interface Copy {
  readonly key: JobKey;
  readonly slot: CopySlot;
  readonly sourceUrl: string;
  /** Where the file lies in the media store; the same at every attempt. */
  readonly objectKey: string;
  readonly state: 'PENDING' | 'STORED' | 'FAILED';
  /** Attempts that the source did not answer well. */
  readonly attempts: number;
  /** When it was asked for. */
  readonly requestedAt: number;
  /** Present exactly when STORED. */
  readonly file: StoredFile | null;
  /** Present exactly when STORED. */
  readonly storedAt: number | null;
  /** When it is to be deleted; null: never, or not STORED. */
  readonly expiresAt: number | null;
  /** Why it is FAILED, for people. */
  readonly problem: string | null;
}

/** A copy that this instance alone may work on until its lease ends. */
export interface ClaimedCopy {
  readonly copy: Copy;
  /** The fencing token. */
  readonly lease: number;
}

/** What is known of the copies of a job. */
export interface CopiesOfJob {
  readonly key: JobKey;
  readonly copies: readonly Copy[];
  /** The job changed so lately that its copies may not have been asked for yet. */
  readonly isFresh: boolean;
}

/** What became of a copy. */
export type CopyOutcome =
  | { readonly state: 'STORED'; readonly file: StoredFile; readonly keepMs: number | null }
  | { readonly state: 'FAILED'; readonly problem: string };

/**
 * The durable part of copying files: which are to be copied, who works on them, and what became of
 * them. What a promise resolves to is durable, but for leases and delays, which a power cut may
 * take back: a copy is then begun anew. Verbs throw StoreUnavailableError when the engine cannot
 * answer.
 */
export interface CopyStore {
  /**
   * Asks for the copies of up to `limit` jobs of the team that COMPLETED since this was last done,
   * in the order of their changes; each job is asked about once, whatever crashes. Resolves to
   * whether there may be more.
   */
  requestCopies(
    team: TeamId,
    requestsOf: (job: Job) => readonly CopyRequest[],
    limit: number,
  ): Promise<boolean>;
  /** What COMPLETED so far is never copied. */
  skipCopies(): Promise<void>;
  /**
   * Leases up to `limit` due copies, at most `perTeam` of a team beside those that are leased, for
   * `leaseMs`.
   */
  claimCopies(limit: number, perTeam: number, leaseMs: number): Promise<ClaimedCopy[]>;
  /** Lets a lease last for `leaseMs` from now; false: it is somebody else's by now. */
  renewCopyLease(claimed: ClaimedCopy, leaseMs: number): Promise<boolean>;
  /** When the next copy is due; null: none is. */
  nextCopyDue(): Promise<number | null>;
  /** Gives a copy back, due again in `inMs`. `counts`: the source is to blame. */
  postponeCopy(claimed: ClaimedCopy, inMs: number, counts: boolean): Promise<void>;
  /**
   * Records what became of a copy, as a new version of its job. False, and nothing done, when the
   * lease is somebody else's by now.
   */
  settleCopy(claimed: ClaimedCopy, outcome: CopyOutcome): Promise<boolean>;
  /**
   * What is known of the copies of these jobs, in no particular order. Jobs without any are left
   * out unless they are fresh.
   */
  readCopies(keys: readonly JobKey[]): Promise<CopiesOfJob[]>;
  /** Gives back the leases taken through this store object. */
  releaseCopies(): Promise<void>;
}

/** What an upload is to be. */
export type UploadPurpose = 'VIDEO' | 'FACE';

/** Where an upload stands. AWAITING beyond its time is EXPIRED, which is not stored. */
export type UploadState = 'AWAITING' | 'READY' | 'REJECTED';

/** What was measured in an uploaded file. */
export interface UploadFacts {
  readonly durationSeconds: number | null;
  /** Pixels, as it is shown. */
  readonly width: number | null;
  /** Pixels, as it is shown. */
  readonly height: number | null;
}

/** A caller's file, on its way or there. Instants are milliseconds since the epoch. */
export interface Upload {
  readonly team: TeamId;
  readonly id: string;
  readonly purpose: UploadPurpose;
  /** As announced. */
  readonly bytes: number;
  /** As announced, and once READY as found in the file. */
  readonly contentType: string;
  readonly state: UploadState;
  readonly objectKey: string;
  /** Opens the place that the bytes are sent to; a random secret. */
  readonly putToken: string;
  /** Until when the bytes may be sent. */
  readonly putUntil: number;
  /** What a job is given; null until READY. */
  readonly url: string | null;
  readonly facts: UploadFacts | null;
  /** Why it is REJECTED, for people. */
  readonly problem: string | null;
  /** When it is deleted, unless a job that uses it still runs then. */
  readonly expiresAt: number;
}

/** A place that is to be opened. */
export type NewUpload = Pick<
  Upload,
  'team' | 'id' | 'purpose' | 'bytes' | 'contentType' | 'objectKey' | 'putToken'
> & {
  /** From now on, in milliseconds. */
  readonly putForMs: number;
  readonly keepMs: number;
};

/** What an upload came to. */
export type UploadOutcome =
  | {
      readonly state: 'READY';
      readonly contentType: string;
      readonly url: string;
      readonly facts: UploadFacts;
    }
  | { readonly state: 'REJECTED'; readonly problem: string };

/** The durable part of uploads. Verbs throw StoreUnavailableError when the engine cannot answer. */
export interface UploadStore {
  /**
   * Opens a place. Null, and nothing done, when the files of the team, kept and announced, would be
   * more than `quotaBytes` (null: no bound).
   */
  openUpload(upload: NewUpload, quotaBytes: number | null): Promise<Upload | null>;
  /** Null: unknown, another team's, or deleted. */
  readUpload(team: TeamId, id: string): Promise<Upload | null>;
  /** The upload that a secret opens; null: none. */
  readUploadByPutToken(putToken: string): Promise<Upload | null>;
  /** The uploads of any team among `urls`, by what a job is given. */
  readUploadsByUrl(urls: readonly string[]): Promise<Upload[]>;
  /**
   * Ends an upload that is AWAITING; resolves to it as it is then, whoever ended it. Null: unknown
   * or deleted.
   */
  settleUpload(team: TeamId, id: string, outcome: UploadOutcome): Promise<Upload | null>;
  /**
   * The uploads past their time, at most `limit`. Those that an unfinished job uses, or one that
   * ended less than `afterJobsMs` ago, are kept for `afterJobsMs` from now instead.
   */
  readExpiredUploads(limit: number, afterJobsMs: number): Promise<Upload[]>;
  /** Forgets an upload. */
  deleteUpload(team: TeamId, id: string): Promise<void>;
  /** Bytes of a team's files: copies and uploads that are kept, uploads that are announced. */
  readStoredBytes(team: TeamId): Promise<number>;
  /**
   * The secret of that name; made of `candidate` where there is none yet, once and for all
   * instances.
   */
  keepSecret(name: string, candidate: string): Promise<string>;
}
