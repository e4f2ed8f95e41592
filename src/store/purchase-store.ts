import type { JobKey } from '../domain/job.ts';
import type { JobWrite, StoredJob } from './job-store.ts';
import type {
  NewPurchase,
  Purchase,
  PurchaseAttempt,
  PurchaseKey,
  PurchaseState,
  Verdict,
} from './purchase.ts';

/** Idempotency keys and the attempts to buy with them. */
export interface PurchaseStore {
  /**
   * Takes the key for this attempt, which is then RESERVED. `taken: false` returns the attempt that
   * holds the key instead. An attempt holds its key while it is RESERVED, SENDING or UNKNOWN, and
   * when ACCEPTED until it is past its time.
   */
  reservePurchase(order: NewPurchase): Promise<{ taken: boolean; purchase: Purchase }>;
  /** The attempt that holds the key; null: the key is free. */
  readPurchase(key: PurchaseKey): Promise<Purchase | null>;
  /**
   * What became of an attempt, whether it holds its key or not; null: it was never made, or is
   * forgotten.
   */
  readAttempt(attempt: string): Promise<Purchase | null>;
  /**
   * The attempt that a webhook token was made for, by the token's digest; null when none has it.
   */
  readPurchaseByToken(tokenDigest: string): Promise<Purchase | null>;
  /** The attempt that a job came from; null when there is none. */
  readPurchaseByJob(key: JobKey): Promise<Purchase | null>;
  /**
   * Moves this very attempt from one of `from` to `to`; others with the same key are never touched.
   * Null, and nothing done, when it is in another state by now, when the key that it is to hold
   * again is another's by now, or when its job belongs to another purchase and may not be shared.
   * An ACCEPTED one lives as long from then on as it was to live when it was made; one that bought
   * nothing lives for an hour, for those who wait for it.
   */
  movePurchase(
    attempt: PurchaseAttempt,
    from: readonly PurchaseState[],
    to: PurchaseState,
    outcome?: PurchaseOutcome,
  ): Promise<{ purchase: Purchase; job: StoredJob | null } | null>;
  /**
   * Notes the credit balance that was asked for just before these attempts were sent. Nothing is
   * done for those that are forgotten.
   */
  noteCredits(attempts: readonly string[], credits: number): Promise<void>;
  /**
   * Makes known a job that AKOOL made for us and that no purchase can have any more. Where it is
   * known as a foreign one, it becomes one made here.
   */
  adoptJob(accepted: AcceptedWrite): Promise<StoredJob>;
  /**
   * Finds the attempts that an instance left behind when it ended: those in RESERVED become
   * NOT_SENT, those in SENDING become UNKNOWN. Resolves to them as they are then. Those of living
   * instances are not touched.
   */
  recoverPurchases(): Promise<Purchase[]>;
  /** Oldest first. */
  listPurchases(states: readonly PurchaseState[]): Promise<Purchase[]>;
  /**
   * Deletes the attempts past their time, but never one in SENDING or UNKNOWN. Resolves to how
   * many.
   */
  expirePurchases(): Promise<number>;
}

/** The job that a purchase made. */
export interface AcceptedWrite extends Pick<JobWrite, 'job' | 'schedule'> {
  /**
   * AKOOL itself named the job in its answer to this very request, so it counts even where another
   * purchase has it already: the job then stays as it is.
   */
  readonly mayBeShared: boolean;
}

/** What an attempt came to. */
export interface PurchaseOutcome {
  /**
   * The job that it made: inserted in the same step, or, where it is known as a foreign one, made
   * one of ours.
   */
  readonly accepted?: AcceptedWrite;
  readonly verdict?: Verdict;
  /** What AKOOL said of an outcome that stays unknown. */
  readonly words?: string;
}
