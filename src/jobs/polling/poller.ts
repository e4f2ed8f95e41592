import type { TeamId } from '../../domain/job.ts';
import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { ClaimedJob } from '../../store/schedule-store.ts';
import { StoreUnavailableError, type Store } from '../../store/store.ts';
import type { Hub } from '../watching/hub.ts';
import type { ReadLimiter } from './read-limiter.ts';
import type { JobReader } from './job-reader.ts';
import type { JobWriter } from './job-writer.ts';

/**
 * The one poller of this process, for all its AKOOL accounts. Its clock is the jobs' own `dueAt` in the store. A round does
 * this:
 *
 * 1. ask each account's gate how many reads may start now;
 * 2. claim that many due jobs of each from the store, in one statement, watched ones first. A claim is a lease: while it lasts
 *    no other instance claims the job, and when this process dies the job becomes due again by itself;
 * 3. read each claimed job. The read's report writes the state, moves `dueAt` on, and gives the lease back, in one step;
 * 4. sleep until the next job is due or a gate opens, but no longer than a sweep: another instance may have made one due.
 *    What is written here tells by itself when it falls due, so a read that ends costs no round.
 *
 * A foreign job that nobody watches any more is put to rest instead of being read. Rounds never overlap, and what falls due
 * within `restMs` of the beginning of one waits for the next; the reads of a round run on their own and are awaited by `stop()`.
 */
export interface Poller {
  /** Something falls due at that instant, in ms since the epoch, or may have done so already. */
  lookBy(at: number): void;
  /** What it is doing, fit for JSON. */
  state(): PollerState;
  /** Ends the rounds: nothing is claimed any more. What was claimed is still read. */
  stopClaiming(): void;
  /** Ends the rounds and waits for the reads in flight. */
  stop(): Promise<void>;
}

/** A snapshot for operators. */
export interface PollerState {
  readonly reading: number;
  readonly rounds: number;
  /** In ms since the epoch; null while a round runs and after its end. */
  readonly nextRoundAt: number | null;
}

/** One AKOOL account as the poller sees it. */
export interface PolledAccount {
  readonly gate: ReadLimiter;
  /** The teams that use it. */
  readonly teams: readonly TeamId[];
}

/** What a poller is made of. */
export interface PollerParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly reader: JobReader;
  readonly jobWriter: JobWriter;
  readonly accounts: readonly PolledAccount[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
  /** The most jobs of one account that a round claims, so that instances share what is due. */
  readonly claimAtOnce: number;
  /** The least time from the beginning of one round to that of the next, in ms: what falls due one by one shares rounds. */
  readonly restMs: number;
}

/** The longest sleep between two rounds. */
const SWEEP_MS = 3000;

/** Starts polling. */
export function startPoller(parts: PollerParts): Poller {
  const { store, hub, reader, jobWriter, accounts, clock, log } = parts;
  const { leaseMs, claimAtOnce, restMs } = parts;
  const reading = new Set<Promise<unknown>>();
  let rounds = 0;
  let round: Promise<void> | null = null;
  let roundBeganAt = -Infinity;
  /** The earliest instant that was asked for while a round ran. */
  let askedMeanwhile = Infinity;
  let cancelSleep: CancelTimer = () => undefined;
  let nextRoundAt: number | null = null;
  let stopped = false;

  const look = async (claimed: ClaimedJob): Promise<void> => {
    const { job, lease, schedule } = claimed;
    const wanted = job.madeHere || hub.isWatched(job) || schedule.watchedUntil > clock.now();
    try {
      if (wanted) await reader.read(job, lease);
      else await jobWriter.report(job, { kind: 'skipped', lease });
    } catch (error) {
      log.warn({ job: job.id, kind: job.kind, error: messageOf(error) }, 'A job was not read');
    }
  };

  /** One round; resolves to how long to sleep after it, in milliseconds. */
  const runRound = async (): Promise<number> => {
    const shares = accounts.map(({ gate, teams }) => ({
      gate,
      teams,
      limit: Math.min(claimAtOnce, gate.room()),
      claimed: 0,
    }));
    const open = shares.filter(({ limit }) => limit > 0);
    const claimed = open.length === 0 ? [] : await store.claimDue(open, leaseMs);
    for (const job of claimed) {
      const share = open.find(({ teams }) => teams.includes(job.job.team));
      if (share !== undefined) share.claimed += 1;
      const done = look(job).finally(() => reading.delete(done));
      reading.add(done);
    }
    const isFull = (share: (typeof shares)[number]): boolean => share.claimed === share.limit;
    const gatesOpenIn = shares.filter(isFull).map(({ gate }) => gate.waitMs());
    const rest = shares.filter((share) => !isFull(share)).flatMap(({ teams }) => teams);
    const dueAt = rest.length === 0 ? null : await store.nextDue(rest);
    return Math.min(SWEEP_MS, ...gatesOpenIn, (dueAt ?? Infinity) - clock.now());
  };

  const begin = (): void => {
    rounds += 1;
    nextRoundAt = null;
    roundBeganAt = clock.now();
    askedMeanwhile = Infinity;
    round = runRound()
      .catch((error: unknown) => {
        // That the store is away, it has told itself.
        if (!(error instanceof StoreUnavailableError)) {
          log.error({ error: messageOf(error) }, 'A polling round failed');
        }
        return SWEEP_MS;
      })
      .then((milliseconds) => {
        round = null;
        lookBy(Math.min(clock.now() + milliseconds, askedMeanwhile));
      });
  };

  const lookBy = (at: number): void => {
    if (stopped) return;
    if (round !== null) {
      askedMeanwhile = Math.min(askedMeanwhile, at);
      return;
    }
    const soonest = Math.max(at, roundBeganAt + restMs, clock.now());
    if (nextRoundAt !== null && nextRoundAt <= soonest) return;
    cancelSleep();
    nextRoundAt = soonest;
    cancelSleep = clock.after(soonest - clock.now(), begin);
  };

  const stopClaiming = (): void => {
    stopped = true;
    stopHearing();
    cancelSleep();
    nextRoundAt = null;
  };

  const stopHearing = store.jobsWritten.subscribe((written) => {
    const nextDue = Math.min(...written.map(({ stored }) => stored.schedule.dueAt ?? Infinity));
    if (nextDue < Infinity) lookBy(nextDue);
  });
  begin();
  return {
    lookBy,
    state: () => ({ reading: reading.size, rounds, nextRoundAt }),
    stopClaiming,
    async stop() {
      stopClaiming();
      await round;
      await Promise.all(reading);
    },
  };
}
