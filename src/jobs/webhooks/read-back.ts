import type { Job, JobKey } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { Purchase } from '../../store/purchase.ts';
import type { AcceptedWrite } from '../../store/store.ts';
import { kindOf } from '../purchases/order.ts';
import type { Purchases } from '../purchases/purchases.ts';
import type { JobReader } from '../polling/job-reader.ts';

/** Reads back from AKOOL what somebody claims, since claims are never believed. */
export interface ReadBack {
  /** Reads a job that we know, in a read that begins after that instant. Throws UpstreamError and what the store throws. */
  refresh(key: JobKey, since: number): Promise<void>;
  /**
   * Settles a purchase whose outcome is open with the job that was named for it, if it is of the video that was ordered, and no
   * other purchase has it; null: not so, or the purchase is not open any more; `denied`: AKOOL does not know the job.
   * Throws UpstreamError and what the store throws.
   */
  settle(purchase: Purchase, jobId: string): Promise<Job | 'denied' | null>;
}

/** What reading back is made of. */
export interface ReadBackParts {
  readonly reader: JobReader;
  readonly purchases: Pick<Purchases, 'settle'>;
  /** The job that a purchase's canonical input and AKOOL's word make; null when they do not belong together. */
  readonly acceptedJob: (purchase: Purchase, seen: Observation) => Promise<AcceptedWrite | null>;
}

/** Reading back for one process. */
export function createReadBack({ reader, purchases, acceptedJob }: ReadBackParts): ReadBack {
  return {
    async refresh(key, since) {
      await reader.refresh(key, since);
    },
    async settle(purchase, jobId) {
      const seen = await reader.observe({ team: purchase.team, kind: kindOf(purchase), id: jobId });
      if (seen.kind === 'DENIED') return 'denied';
      const accepted = await acceptedJob(purchase, seen);
      return accepted && purchases.settle(purchase, accepted);
    },
  };
}
