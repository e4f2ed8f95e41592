import type { TeamId } from '../domain/job.ts';
import type { CancelTimer, Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { messageOf } from '../runtime/message-of.ts';
import type { ClaimedJob, Store } from '../store/store.ts';
import type { Hub } from './hub.ts';
import type { ReadGate } from './read-gate.ts';
import type { Reader } from './reader.ts';
import type { Tracker } from './tracker.ts';

/**
 * The one poller of an AKOOL account in this process. Its clock is the jobs' own `dueAt` in the store. A round does this:
 *
 * 1. ask the account's gate how many reads may start now; none: sleep until there may be;
 * 2. claim that many due jobs from the store, watched ones first. A claim is a lease: while it lasts no other instance
 *    claims the job, and when this process dies the job becomes due again by itself;
 * 3. read each claimed job. The read's report writes the state, moves `dueAt` on, and gives the lease back, in one step;
 * 4. sleep until the next job is due, but no longer than a sweep: another instance may have made one due. When a read ends
 *    meanwhile, its job has a new `dueAt`, and the sleep is cut short to look again.
 *
 * A foreign job that nobody watches any more is put to rest instead of being read. `wake()` starts a round now. Rounds never
 * overlap; the reads of a round run on their own and are awaited by `stop()`.
 */
export interface Poller {
  /** Something may be due sooner than the poller knows. */
  wake(): void;
  /** What it is doing, fit for JSON. */
  state(): PollerState;
  /** Ends the rounds and waits for the reads in flight. */
  stop(): Promise<void>;
}

/** A snapshot for operators. */
export interface PollerState {
  readonly reading: number;
  readonly rounds: number;
  /** In ms since the epoch; null while a round runs and after `stop`. */
  readonly nextRoundAt: number | null;
}

/** What a poller is made of. */
export interface PollerParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly reader: Reader;
  readonly tracker: Tracker;
  readonly gate: ReadGate;
  /** The teams that use this account. */
  readonly teams: readonly TeamId[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
  /** The most jobs that are claimed at once: fewer where instances share what is due. */
  readonly claimAtOnce: number;
  /** The shortest sleep between two rounds, in ms: reads that end and jobs that fall due one by one share rounds. */
  readonly restMs: number;
}

/** The longest sleep between two rounds. */
const SWEEP_MS = 3000;

/** Starts polling. */
export function startPoller(parts: PollerParts): Poller {
  const { store, hub, reader, tracker, gate, teams, clock, log } = parts;
  const { leaseMs, claimAtOnce, restMs } = parts;
  const reading = new Set<Promise<unknown>>();
  let rounds = 0;
  let round: Promise<void> | null = null;
  let wokenMeanwhile = false;
  let cancelSleep: CancelTimer | null = null;
  let nextRoundAt: number | null = null;
  let stopped = false;

  const look = async (claimed: ClaimedJob): Promise<void> => {
    const { job, lease, schedule } = claimed;
    const wanted = job.madeHere || hub.isWatched(job) || schedule.watchedUntil > clock.now();
    try {
      if (wanted) await reader.read(job, lease);
      else await tracker.report(job, { kind: 'skipped', lease });
    } catch (error) {
      log.warn({ job: job.id, kind: job.kind, error: messageOf(error) }, 'A job was not read');
    }
  };

  /** One round; resolves to how long to sleep after it, in milliseconds. */
  const runRound = async (): Promise<number> => {
    rounds += 1;
    const room = Math.min(claimAtOnce, gate.room());
    if (room === 0) return Math.min(SWEEP_MS, gate.waitMs());
    const claimed = await store.claimDue(teams, room, leaseMs);
    for (const job of claimed) {
      const done = look(job).finally(() => {
        reading.delete(done);
        shortenSleep();
      });
      reading.add(done);
    }
    if (claimed.length === room) return gate.waitMs();
    const due = await store.nextDue(teams);
    return due === null ? SWEEP_MS : Math.min(SWEEP_MS, Math.max(restMs, due - clock.now()));
  };

  const sleep = (milliseconds: number): void => {
    if (stopped) return;
    nextRoundAt = clock.now() + milliseconds;
    cancelSleep = clock.after(milliseconds, begin);
  };

  const shortenSleep = (): void => {
    const soon = clock.now() + restMs;
    if (nextRoundAt === null || nextRoundAt <= soon) return;
    cancelSleep?.();
    sleep(restMs);
  };

  const begin = (): void => {
    nextRoundAt = null;
    wokenMeanwhile = false;
    round = runRound()
      .catch((error: unknown) => {
        log.error({ error: messageOf(error) }, 'A polling round failed');
        return SWEEP_MS;
      })
      .then((milliseconds) => {
        round = null;
        sleep(wokenMeanwhile ? 0 : milliseconds);
      });
  };

  begin();
  return {
    wake() {
      wokenMeanwhile = true;
      if (stopped || round !== null) return;
      cancelSleep?.();
      begin();
    },
    state: () => ({ reading: reading.size, rounds, nextRoundAt }),
    async stop() {
      stopped = true;
      cancelSleep?.();
      nextRoundAt = null;
      await round;
      await Promise.all(reading);
    },
  };
}
