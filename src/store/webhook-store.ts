import type { PurchaseAttempt } from './purchase.ts';

/** The webhooks that AKOOL sent. They live as long as the purchase whose token they came with. */
export interface WebhookStore {
  /** Records a webhook; false when its digest was recorded before. */
  recordWebhook(webhook: NewWebhook): Promise<boolean>;
  /**
   * The webhooks that have not been followed up and that no other living instance is to follow up,
   * oldest first.
   */
  readOpenWebhooks(): Promise<OpenWebhook[]>;
  /**
   * When another instance last received a webhook for the same job before it received each of
   * these; one that has no such webhook before it is left out.
   */
  readEarlierWebhooks(digests: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Marks webhooks as followed up. */
  closeWebhooks(digests: readonly string[]): Promise<void>;
}

/** A webhook as it is recorded before it is answered with 200. */
export interface NewWebhook {
  /** SHA-256 of the ciphertext, hex. */
  readonly digest: string;
  /** Which attempt's token it came with. */
  readonly purchase: PurchaseAttempt;
  /** The `_id` inside; a claim, not a fact. */
  readonly jobId: string;
}

/** A webhook that is still to be followed up. */
export interface OpenWebhook extends NewWebhook {
  readonly receivedAt: number;
}
