/** What AKOOL accounts may still be asked, among all instances. */
export interface AccountStore {
  /**
   * Makes the account known, with so many reads a second. To be called before the next two; again,
   * it changes nothing.
   */
  openAccount(account: string, perSecond: number): Promise<void>;
  /**
   * Takes reads that may begin now, each account once; the grants come in the same order. In any
   * second at most `perSecond` of an account are given out, among all instances. While the account
   * is shut none is; after `breakAt` failures in a row one at a time is, as a probe.
   */
  takeReads(requests: readonly ReadRequest[], breakAt: number): Promise<ReadGrant[]>;
  /** Counts a failed read; resolves to how many there have been in a row. */
  countFailedRead(account: string): Promise<number>;
  /** A read went well: there are no failures in a row any more. */
  clearFailedReads(account: string): Promise<void>;
  /** Nobody is given a read for at least so many milliseconds. */
  shutAccount(account: string, forMs: number): Promise<void>;
}

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
  /**
   * When fewer than wanted were granted: how long until there may be more, in milliseconds; 0
   * otherwise.
   */
  readonly retryInMs: number;
  /**
   * Whether it is because the account is shut, or a probe is under way: the one read that is
   * granted, or somebody else's.
   */
  readonly isShut: boolean;
  /** Failures in a row. */
  readonly failures: number;
}
