import type { JobKey } from '../domain/job.ts';

/**
 * Tells what other instances changed, soon after they did. A wake-up says that there is something
 * to read and no more; one may be lost, come twice or come late, so whoever listens sweeps the
 * store as well.
 */
export interface InstanceWakeUps {
  /** `hear` must not throw. The returned function ends it; calling it again does nothing. */
  listen(hear: (changes: readonly JobChange[]) => void): () => void;
  /** Whether wake-ups arrive. False: what others change is found by sweeping alone. */
  isHearing(): boolean;
}

/** A job and the version that it has by now. */
export interface JobChange extends JobKey {
  readonly version: number;
}

/** For a store that nobody else writes to: there is nothing to tell. */
export const noWakeUps: InstanceWakeUps = { listen: () => () => undefined, isHearing: () => true };
