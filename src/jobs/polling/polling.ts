import type { Job, JobKey, TeamId } from '../../domain/job.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { JobStore } from '../../store/job-store.ts';
import type { ScheduleStore } from '../../store/schedule-store.ts';
import type { Accounts } from '../account.ts';
import type { JobObserver } from '../job-observer.ts';
import { noJobTraces, type JobTraces } from '../job-traces.ts';
import type { ReadLimiter } from '../limiting/read-limiter.ts';
import type { Hub } from '../watching/hub.ts';
import { createJobLookup, type JobLookup } from './job-lookup.ts';
import type { RememberedStore } from './job-memory.ts';
import { createJobReader } from './job-reader.ts';
import { createJobWriter } from './job-writer.ts';
import { startLeaseRenewal } from './lease-renewal.ts';
import { startPoller } from './poller.ts';
import { roundPace, type PolledAccount } from './round.ts';
import type { PollPace } from './schedule.ts';

/** How jobs are read from AKOOL, by whoever asks, and followed to their end by themselves. */
export interface Polling extends JobLookup {
  /**
   * Reads the job, in a read that begins after that instant; one that has ended is not read.
   * `since`: in ms since the epoch. Throws UpstreamError and what the store throws.
   */
  refresh(key: JobKey, since: number): Promise<Job | null>;
  /** Something falls due at that instant, in ms since the epoch, or may have done so already. */
  lookBy(at: number): void;
  /** Claims nothing any more, so that other instances have the next look at every job. */
  stopClaiming(): void;
  /** Waits for the reads in flight. Their leases are renewed until `end()`. */
  stop(): Promise<void>;
  /** Gives back the leases of what `stop()` was not waited for. */
  end(): Promise<void>;
}

export interface PollingParts {
  readonly store: JobStore & ScheduleStore & RememberedStore;
  readonly accounts: Accounts;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly traces?: JobTraces;
  readonly pace: PollPace;
  /** Reads of one account that may start in a second. */
  readonly perSecond: number;
  readonly observer: JobObserver;
}

/** How long a job waits when the process that reads it dies. Slow reads renew their leases. */
const LEASE_MS = 10_000;

/** Starts the poller. */
export function startPolling(parts: PollingParts): Polling {
  const { store, accounts, hub, clock, random, log, pace, perSecond, observer } = parts;
  const { traces = noJobTraces } = parts;
  const leaseMs = LEASE_MS;
  const jobWriter = createJobWriter({ store, hub, clock, random, log, traces, pace, observer });
  const reader = createJobReader({ store, accounts, jobWriter, clock, leaseMs });
  const { claimAtOnce, restMs } = roundPace(perSecond, pace.minMs);
  const lookup = createJobLookup({
    store,
    reader,
    hasRoom: (team) => (accounts.get(team)?.limiter.room() ?? 0) > 0,
    clock,
    pace,
    graceMs: restMs,
  });
  const leases = (): ReturnType<typeof reader.leases> => reader.leases();
  const stopRenewal = startLeaseRenewal({ store, clock, log, leases, leaseMs });
  const poller = startPoller({
    store,
    hub,
    reader,
    jobWriter,
    observer,
    accounts: polledAccounts(accounts),
    clock,
    log,
    traces,
    leaseMs,
    claimAtOnce,
    restMs,
  });
  return {
    ...lookup,
    refresh: (key, since) => reader.refresh(key, since),
    lookBy: (at) => poller.lookBy(at),
    stopClaiming: () => poller.stopClaiming(),
    stop: () => poller.stop(),
    async end() {
      stopRenewal();
      await store.releaseLeases().catch(() => undefined);
    },
  };
}

/** The accounts by their limiters, which teams with the same account share. */
function polledAccounts(accounts: Accounts): PolledAccount[] {
  const teams = new Map<ReadLimiter, TeamId[]>();
  for (const { team, limiter } of accounts.values()) {
    teams.set(limiter, [...(teams.get(limiter) ?? []), team]);
  }
  return [...teams].map(([limiter, sharing]) => ({ limiter, teams: sharing }));
}
