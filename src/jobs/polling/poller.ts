import { messageOf } from '../../runtime/errors.ts';
import type { CancelTimer } from '../../runtime/clock.ts';
import { createTaskSet } from '../../runtime/task-set.ts';
import { StoreUnavailableError } from '../../store/store.ts';
import { noJobTraces } from '../job-traces.ts';
import { runRound, SWEEP_MS, type RoundParts } from './round.ts';

/**
 * The one poller of this process, for all its AKOOL accounts. Its clock is the jobs' own `dueAt` in
 * the store. A round does this:
 *
 * 1. ask each account's limiter how many reads may start now;
 * 2. claim that many due jobs of each from the store, in one statement, watched ones first. A claim
 *    is a lease: while it lasts no other instance claims the job, and when this process dies the
 *    job becomes due again by itself;
 * 3. read each claimed job. The read's report writes the state, moves `dueAt` on, and gives the
 *    lease back, in one step;
 * 4. sleep until the next job is due or a limiter admits more, but no longer than a sweep: another
 *    instance may have made one due. What is written here tells by itself when it falls due, so a
 *    read that ends costs no round.
 *
 * A foreign job that nobody watches any more is put to rest instead of being read. Rounds never
 * overlap, and what falls due within `restMs` of the beginning of one waits for the next; the reads
 * of a round run on their own and are awaited by `stop()`.
 */
export interface Poller {
  /** Something falls due at that instant, in ms since the epoch, or may have done so already. */
  lookBy(at: number): void;
  /** Ends the rounds: nothing is claimed any more. What was claimed is still read. */
  stopClaiming(): void;
  /** Ends the rounds and waits for the reads in flight. */
  stop(): Promise<void>;
}

export interface PollerParts extends RoundParts {
  /**
   * The least time from the beginning of one round to that of the next, in ms: what falls due one
   * by one shares rounds.
   */
  readonly restMs: number;
}

/** Begins with a round at once. */
export function startPoller(parts: PollerParts): Poller {
  const { store, clock, log, restMs, traces } = parts;
  const { tracer } = traces ?? noJobTraces;
  const reading = createTaskSet();
  let round: Promise<void> | null = null;
  let roundBeganAt = -Infinity;
  /** The earliest instant that was asked for while a round ran. */
  let askedMeanwhile = Infinity;
  let cancelSleep: CancelTimer = () => undefined;
  let nextRoundAt: number | null = null;
  let stopped = false;

  const begin = (): void => {
    nextRoundAt = null;
    roundBeganAt = clock.now();
    askedMeanwhile = Infinity;
    // Whoever makes something due, and so sets a round off, has no part in it.
    round = tracer
      .detach(() => runRound(parts, reading))
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
    stopClaiming,
    async stop() {
      stopClaiming();
      await round;
      await reading.ended();
    },
  };
}
