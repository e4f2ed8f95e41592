import type { JobKind, JobStatus } from '../domain/job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AccountStore } from './account-store.ts';
import type { JobStore } from './job-store.ts';
import type { PurchaseState } from './purchase.ts';
import type { PurchaseStore } from './purchase-store.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { CopyStore, UploadStore } from './media-store.ts';
import type { InstanceWakeUps } from './instance-wake-ups.ts';
import type { WebhookStore } from './webhook-store.ts';

/**
 * What must survive: jobs, when to look at them next, purchases and webhooks. One interface, one
 * contract suite (test/store/contract/store.contract.ts), several engines. Every verb is one atomic
 * step; what a promise resolves to is durable. Verbs throw StoreUnavailableError when the engine
 * cannot answer, and nothing else that a caller could mend. All instants are milliseconds since the
 * epoch.
 */
export interface Store
  extends StoreBase, JobStore, ScheduleStore, PurchaseStore, WebhookStore, AccountStore {}

export interface StoreBase {
  /**
   * Names this database for good; part of every cursor, so that another database's cursors are
   * recognised.
   */
  readonly id: string;
  /**
   * The store's own time, as well as this process knows it. Every instant that a verb takes or
   * returns is of this clock, so that instances whose machines disagree about the time agree about
   * jobs.
   */
  readonly clock: Clock;
  /** Whether other instances work on the same database. */
  readonly isShared: boolean;
  /** Tells what other instances changed. */
  readonly wakeUps: InstanceWakeUps;
  /** Files that outlive their URLs. */
  readonly copies: CopyStore;
  readonly uploads: UploadStore;
  /** Resolves when the engine can read and write; throws StoreUnavailableError when it cannot. */
  check(): Promise<void>;
  /**
   * Counts what is under way, jobs up to 100,000 and others up to 10,000 of each, in one statement
   * that reads indexes alone.
   */
  count(): Promise<StoreCounts>;
  close(): Promise<void>;
}

/** How much of what is under way there is, for operators. */
export interface StoreCounts {
  /** Jobs that have not ended, made here or watched. */
  readonly jobs: readonly {
    readonly kind: JobKind;
    readonly status: Extract<JobStatus, 'QUEUED' | 'PROCESSING'>;
    readonly count: number;
  }[];
  readonly purchases: readonly {
    readonly state: Extract<PurchaseState, 'RESERVED' | 'SENDING' | 'UNKNOWN'>;
    readonly count: number;
  }[];
  /** When the oldest purchase was made whose outcome is unknown; null: there is none. */
  readonly oldestUnknownAt: number | null;
  /** When the most overdue job fell due, or the next one will; null: none ever will. */
  readonly dueAt: number | null;
  readonly copiesPending: number;
  readonly webhooksOpen: number;
}

/** The engine cannot answer now. The message is ours and names no path, host or statement. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /**
   * How the engine names what is wrong, as in SQLSTATE, for whoever opens the store; empty where it
   * names nothing.
   */
  readonly code: string;

  constructor(message: string, code = '') {
    super(message);
    this.code = code;
  }
}
