/** Reads that are to begin now. */
export interface ReadRequest {
  readonly account: string;
  /** At least 1. */
  readonly wanted: number;
}

/** What `takeReads` gave of one account. */
export interface ReadGrant {
  /** How many reads may begin now. */
  readonly granted: number;
  /** When fewer than wanted were granted: how long until there may be more, in milliseconds; 0 otherwise. */
  readonly retryInMs: number;
  /** Whether it is because the account is shut, or somebody else's probe is under way. */
  readonly isShut: boolean;
  /** Failures in a row. */
  readonly failures: number;
}
