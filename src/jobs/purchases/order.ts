import type { z } from 'zod';
import type { Job, JobKey, TaskRequest, TeamId } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { PurchaseMutation } from '../../store/purchase.ts';
import type { Submission, SubmissionTiming, Upstream } from '../../upstream/upstream.ts';

/** A purchase to be made. */
export interface Order<Input> {
  readonly kind: OrderKind<Input>;
  readonly team: TeamId;
  /** The idempotency key. */
  readonly key: string;
  /** The canonical input: equal for inputs that mean the same, down to the order of its fields. */
  readonly input: Input;
}

/** One mutation that buys: all that sets it apart from the others. */
export interface OrderKind<Input> {
  readonly mutation: PurchaseMutation;
  /** Whether AKOOL takes a webhook URL with it. */
  readonly takesWebhook: boolean;
  /** Reads the canonical input back from where it is stored. */
  readonly schema: z.ZodType<Input>;
  /**
   * What is ordered. Throws the ExpectedError that the caller is to be told when it must not be
   * bought. Costs nothing at AKOOL.
   */
  readonly check: (team: TeamId, input: Input, find: FindJob) => Promise<CheckedInput>;
  /** The URL of the video that was ordered; null when it is not known any more. */
  readonly videoUrlOf: (team: TeamId, input: Input, find: FindJob) => Promise<string | null>;
  /** One POST, never repeated. */
  readonly send: (
    upstream: Upstream,
    order: CheckedOrder<Input>,
    timing: SubmissionTiming,
  ) => Promise<Submission<Observation>>;
  /** What the job keeps of the input; null: nothing that AKOOL does not say itself. */
  readonly requestOf: (input: Input) => TaskRequest | null;
}

/** What an input that may be bought orders. */
export interface CheckedInput {
  readonly videoUrl: string;
  /** What AKOOL has to fetch, each with where it stands in the mutation's input. */
  readonly urls: readonly OrderedUrl[];
  /** What the job keeps of the input; null: nothing that AKOOL does not say itself. */
  readonly request: TaskRequest | null;
}

/** A URL that AKOOL has to fetch. */
export interface OrderedUrl {
  /** From the input's own fields on. */
  readonly path: readonly string[];
  readonly url: string;
  /** What AKOOL has to find there. */
  readonly purpose: 'VIDEO' | 'FACE';
}

/**
 * Says of each URL, in their order, why AKOOL could do nothing with it; null: nothing is known
 * against it.
 */
export type CheckUrls = (
  team: TeamId,
  urls: readonly Pick<OrderedUrl, 'url' | 'purpose'>[],
) => Promise<readonly (string | null)[]>;

/** What is sent of an order. */
export interface CheckedOrder<Input> {
  readonly input: Input;
  readonly videoUrl: string;
  /** Null: AKOOL is to call nobody. */
  readonly webhookUrl: string | null;
}

/**
 * The job as a query would tell it; null: unknown. Throws UpstreamError and what the store throws.
 */
export type FindJob = (key: JobKey) => Promise<Job | null>;
