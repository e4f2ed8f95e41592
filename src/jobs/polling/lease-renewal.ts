import { repeat, type CancelTimer, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Lease, ScheduleStore } from '../../store/schedule-store.ts';

export interface LeaseRenewalParts {
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The leases of the reads in flight. */
  readonly leases: () => readonly Lease[];
  readonly leaseMs: number;
}

/** A lease is renewed so many times before it would end. */
const RENEWALS_PER_LEASE = 3;

/**
 * Keeps the leases of slow reads, so that a lease can be short: it is how long a job waits when its
 * reader dies. What is not being read any more is not renewed, so a lease whose end was not
 * recorded frees its job all the same. Returns what ends it.
 */
export function startLeaseRenewal(parts: LeaseRenewalParts): CancelTimer {
  const { store, clock, log, leases, leaseMs } = parts;
  return repeat({
    clock,
    everyMs: leaseMs / RENEWALS_PER_LEASE,
    work: () => store.renewLeases(leases(), leaseMs),
    onError: () => log.warn({}, 'Leases could not be renewed'),
  });
}
