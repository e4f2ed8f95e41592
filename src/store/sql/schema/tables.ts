import { sql, type RawBuilder } from 'kysely';
import type { JobKind, JobStatus } from '../../../domain/job.ts';
import type { CopySlot, UploadPurpose, UploadState } from '../../media-store.ts';
import type { PurchaseMutation, PurchaseState } from '../../purchase.ts';

/**
 * The tables as Kysely sees them; migrations.ts makes them. Columns are texts and integers alone,
 * so that both engines read and write the same values: flags are 0 and 1, instants are milliseconds
 * since the epoch, structures are JSON texts.
 */
export interface Tables {
  readonly meta: MetaTable;
  readonly job: JobTable;
  readonly team_counter: TeamCounterTable;
  readonly purchase: PurchaseTable;
  readonly callback: WebhookTable;
  readonly instance: InstanceTable;
  readonly account: AccountTable;
  readonly read_slot: ReadSlotTable;
  readonly media_copy: MediaCopyTable;
  readonly media_cursor: MediaCursorTable;
  readonly media_upload: MediaUploadTable;
  readonly media_upload_use: MediaUploadUseTable;
  readonly secret: SecretTable;
}

/** One row. */
export interface MetaTable {
  /** Always 1. */
  readonly only: number;
  readonly store_id: string;
  /** How many migrations have run. */
  readonly schema_version: number;
  /** The least schema version that code must know to work on these tables. */
  readonly usable_from: number;
  /** When `check` last wrote. */
  readonly checked_at: number;
}

/** One row for each job, made here or foreign. */
export interface JobTable {
  readonly team: string;
  readonly kind: JobKind;
  readonly id: string;
  readonly made_here: number;
  readonly status: JobStatus;
  readonly version: number;
  /** The place of the latest change in the team's sequence; null exactly for a foreign job. */
  readonly sequence: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly observed_at: number;
  /** The analysis that a task made here was made from. */
  readonly analysis_id: string | null;
  /** JSON: what only the caller can have said (see job-rows.ts). */
  readonly asked: string;
  /** JSON: the job's other fields. */
  readonly doc: string;
  /** Null for every finished job. */
  readonly due_at: number | null;
  readonly failures: number;
  readonly denied_since: number | null;
  readonly watched_until: number;
  readonly has_webhook: number;
  readonly first_seen_at: number;
  /** When a lease was last taken to read it; null: never. */
  readonly read_at: number | null;
  /** 0 when nobody has a lease. */
  readonly lease_until: number;
  /** Grows with every lease: the fencing token. 0 before the first. */
  readonly lease_token: number;
  /** Which store object took the lease; null when it was given back. */
  readonly lease_owner: string | null;
}

/** The team's latest sequence. */
export interface TeamCounterTable {
  readonly team: string;
  readonly sequence: number;
}

/**
 * One row for each attempt to buy with an idempotency key. Of one key, at most one row holds it.
 */
export interface PurchaseTable {
  /** A random UUID. */
  readonly attempt: string;
  readonly team: string;
  readonly mutation: PurchaseMutation;
  readonly key: string;
  readonly fingerprint: string;
  readonly input: string;
  readonly state: PurchaseState;
  /** Present exactly when ACCEPTED. */
  readonly job_id: string | null;
  /** JSON: a Verdict. */
  readonly verdict: string | null;
  readonly words: string | null;
  /** A decimal number. */
  readonly credits_before: string | null;
  readonly token_digest: string | null;
  /** The store object that reserved it, and alone may send it; null once its request is over. */
  readonly owner: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly expires_at: number;
}

/** One row for each distinct webhook. */
export interface WebhookTable {
  readonly digest: string;
  readonly attempt: string;
  readonly team: string;
  readonly mutation: PurchaseMutation;
  readonly key: string;
  readonly job_id: string;
  /** The store object that received it, and follows it up while it lives. */
  readonly owner: string | null;
  readonly received_at: number;
  /** 1 until it was followed up. */
  readonly open: number;
}

/** One row for each store object of several that share the database; without one it is alone. */
export interface InstanceTable {
  /** What leases, purchases and webhooks name as their owner. */
  readonly id: string;
  /** Renewed while it lives. */
  readonly alive_until: number;
}

/** How one AKOOL account fares, for all instances. */
export interface AccountTable {
  /** A digest; never the key. */
  readonly id: string;
  /** Reads that failed in a row. */
  readonly failures: number;
  /** Nobody reads before this. */
  readonly shut_until: number;
  /** Somebody tries whether AKOOL is back, until then at most. */
  readonly probe_until: number;
}

/** One row for each read that an account may begin in a second. */
export interface ReadSlotTable {
  readonly account: string;
  readonly place: number;
  readonly used_at: number;
}

/** One row for each file of a job that is to be kept, or is. */
export interface MediaCopyTable {
  readonly team: string;
  readonly kind: JobKind;
  readonly job_id: string;
  readonly slot: CopySlot;
  readonly source_url: string;
  readonly object_key: string;
  readonly state: 'PENDING' | 'STORED' | 'FAILED';
  readonly attempts: number;
  readonly requested_at: number;
  /** When it is to be copied, or, once STORED, to be deleted; null: never. */
  readonly due_at: number | null;
  readonly lease_until: number;
  /** Grows with every lease: the fencing token. */
  readonly lease_token: number;
  readonly lease_owner: string | null;
  readonly bytes: number | null;
  readonly content_type: string | null;
  readonly sha256: string | null;
  readonly stored_at: number | null;
  readonly problem: string | null;
}

/** Up to which change of a team's jobs copies were asked for. */
export interface MediaCursorTable {
  readonly team: string;
  readonly sequence: number;
}

/** One row for each upload. */
export interface MediaUploadTable {
  readonly id: string;
  readonly team: string;
  readonly purpose: UploadPurpose;
  readonly bytes: number;
  readonly content_type: string;
  readonly state: UploadState;
  readonly object_key: string;
  readonly put_token: string;
  readonly put_until: number;
  readonly url: string | null;
  /** JSON: UploadFacts. */
  readonly facts: string | null;
  readonly problem: string | null;
  readonly expires_at: number;
}

/** A job made here was made with the upload, of the same team. */
export interface MediaUploadUseTable {
  readonly upload_id: string;
  readonly kind: JobKind;
  readonly job_id: string;
}

/** What the gateway made once and keeps to itself. */
export interface SecretTable {
  readonly name: string;
  readonly value: string;
}

/**
 * 1 where a job's row says that somebody watches it, or did so when it was last written; else 0.
 * Written as the index of what is due has it, without the table's name: otherwise that is not used.
 */
export const MARKED: RawBuilder<number> = sql<number>`(case when watched_until > 0 then 1 else 0 end)`;

/** Both values of it as `marks.marked`, for a look at the first of each. */
export const MARKS: RawBuilder<unknown> = sql`(select 0 as marked union all select 1) as marks`;
