import type { JobKind, TeamId } from '../domain/job.ts';

/** The two mutations that a key belongs to. */
export type PurchaseMutation = 'submitAnalysis' | 'createHeadSwapTask';

/** See the state machine at the head of jobs/purchases/purchases.ts. */
export type PurchaseState =
  'RESERVED' | 'SENDING' | 'ACCEPTED' | 'REJECTED' | 'NOT_SENT' | 'UNKNOWN' | 'ABANDONED';

/** One key buys at most once per team and mutation. */
export interface PurchaseKey {
  readonly team: TeamId;
  readonly mutation: PurchaseMutation;
  readonly key: string;
}

/** A key in the place of one that the caller left out, made from a UUID. */
export function leftOutKey(uuid: string): string {
  return `unkeyed-${uuid}`;
}

/**
 * Whether a key stands for one that was left out: no caller holds it, so none asks with it again.
 */
export function isLeftOut({ mutation, key }: PurchaseKey): boolean {
  return (
    mutation === 'submitAnalysis' && /^unkeyed-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(key)
  );
}

/** One try to buy with a key: what a key's records are told apart by. */
export interface PurchaseAttempt extends PurchaseKey {
  /** Unlike every other attempt, of any key, ever. */
  readonly attempt: string;
}

/** The mutation that buys jobs of a kind. */
export const MUTATION_FOR: Readonly<Record<JobKind, PurchaseMutation>> = {
  ANALYSIS: 'submitAnalysis',
  HEAD_SWAP_TASK: 'createHeadSwapTask',
};

/** The kind of job that a mutation buys. */
export function boughtBy(mutation: PurchaseMutation): JobKind {
  return mutation === 'submitAnalysis' ? 'ANALYSIS' : 'HEAD_SWAP_TASK';
}

/** What an attempt is called, and nothing else of it: what the log may say. */
export function attemptOf({ team, mutation, key, attempt }: PurchaseAttempt): PurchaseAttempt {
  return { team, mutation, key, attempt };
}

/** A key that is to be taken. */
export interface NewPurchase extends PurchaseAttempt {
  /** Of the canonical input: equal inputs, equal fingerprints. */
  readonly fingerprint: string;
  /** The canonical input as JSON: what a job settled later is made from. Holds no secret. */
  readonly input: string;
  /** SHA-256 of the webhook token, hex; null when no webhook was asked for. */
  readonly tokenDigest: string | null;
  /** How long the record lives. */
  readonly keepMs: number;
}

/** The record of one attempt. */
export interface Purchase extends Omit<NewPurchase, 'keepMs'> {
  readonly state: PurchaseState;
  /** AKOOL's `_id`; present exactly when ACCEPTED. */
  readonly jobId: string | null;
  /**
   * Why nothing was bought, for whoever waits; null where AKOOL was not the reason, and in every
   * other state.
   */
  readonly verdict: Verdict | null;
  /** What AKOOL said when the outcome stayed unknown; null: nothing, and in every other state. */
  readonly words: string | null;
  /** The account's credit balance as it was asked for just before the create; null: not known. */
  readonly creditsBefore: number | null;
  /**
   * Whether it is UNKNOWN because others took its instance for dead. One that only stood still may
   * wake up and go on with the request.
   */
  readonly isLeftBehind: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
}

/**
 * What a caller is told of a create that bought nothing. Messages are AKOOL's, at most 500
 * characters, without secrets.
 */
export type Verdict =
  | { readonly kind: 'billing' | 'rejected'; readonly code: number; readonly message: string }
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number | null };
