import type { Job } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { PurchaseAttempt, PurchaseKey } from '../../store/purchase.ts';
import type { AcceptedWrite } from '../../store/store.ts';
import type { Submission, SubmissionTiming } from '../../upstream/upstream.ts';

/** A purchase to be made. */
export interface Order {
  readonly key: PurchaseKey;
  /** The canonical input: equal for inputs that mean the same. JSON. */
  readonly input: string;
  /** SHA-256 of the webhook token, hex; null: no webhook. */
  readonly tokenDigest: string | null;
  /** Checks what can be checked without buying; throws when it must not be bought. Runs only for a key that is free. */
  readonly prepare: () => Promise<PreparedOrder>;
}

/** An order that may be sent. */
export interface PreparedOrder {
  /** Sends it, once. */
  readonly send: (timing: SubmissionTiming) => Promise<Submission<Observation>>;
  /** The job that an accepted submission makes. */
  readonly accept: (seen: Observation) => AcceptedWrite;
}

/** The kind of job that a purchase makes. */
export function kindOf({ mutation }: PurchaseKey): Job['kind'] {
  return mutation === 'submitAnalysis' ? 'ANALYSIS' : 'HEAD_SWAP_TASK';
}

/** For the log: of an attempt nothing but what it is called. */
export function nameOf({ team, mutation, key, attempt }: PurchaseAttempt): PurchaseAttempt {
  return { team, mutation, key, attempt };
}
