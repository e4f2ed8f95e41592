import type { TeamId } from './job.ts';

/** Who asks. Everything they may see follows from the team. */
export interface Caller {
  readonly team: TeamId;
  /** Milliseconds since the epoch; null: the credential does not end by itself. */
  readonly expiresAt: number | null;
  /**
   * Checks the credential again, for what stays open longer than a request; rejects when it cannot
   * be told now. Absent: it cannot be taken back while the process runs.
   */
  readonly isStillGood?: () => Promise<boolean>;
}
