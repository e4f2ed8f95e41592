import type { CancelTimer, Clock } from '../runtime/clock.ts';
import { UpstreamError } from '../upstream/upstream.ts';

/**
 * Decides when an AKOOL account may be read. Three rules, in this order:
 * - **pause**: after 1005 or 429 nobody reads for as long as the refusal says;
 * - **breaker**: after five failures in a row nobody reads for 1 s, doubled for each further failure, 15 s at most. Then one
 *   read goes ahead as a probe: its success opens the gate for all, its failure closes it again;
 * - **budget**: in any second there start at most `perSecond` reads. Those who wait go first, in order; polling takes what is
 *   left.
 */
export interface ReadGate {
  /** How many reads may start now without waiting. */
  room(): number;
  /**
   * Runs a read once the budget allows, and learns from how it ends. Throws UpstreamError (unavailable, with the time left) without
   * running it while paused or broken, or when the budget does not allow it for `patienceMs`.
   */
  run<Answer>(read: () => Promise<Answer>): Promise<Answer>;
  /** AKOOL asks the account to pause for so many milliseconds; reading stops too. */
  pauseFor(pauseMs: number): void;
  /** How long to wait, in milliseconds, until `room()` can have grown; 0 when there is room. */
  waitMs(): number;
}

/** What a gate is made of. */
export interface ReadGateOptions {
  readonly clock: Clock;
  /** Contract §3, `POLL_BUDGET_PER_SECOND`. */
  readonly perSecond: number;
  /** The longest a read waits for the budget, in milliseconds. */
  readonly patienceMs: number;
}

const SECOND_MS = 1000;
const FAILURES_THAT_BREAK = 5;
const FIRST_BREAK_MS = 1000;
const LONGEST_BREAK_MS = 15_000;

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: UpstreamError) => void;
  readonly giveUp: CancelTimer;
}

/** A gate for one account in one process. */
export function createReadGate({ clock, perSecond, patienceMs }: ReadGateOptions): ReadGate {
  /** When the latest `perSecond` reads started, oldest first. */
  const starts: number[] = [];
  const waiters: Waiter[] = [];
  let shutUntil = 0;
  let failuresInARow = 0;
  let probing = false;
  let cancelTurn: CancelTimer | null = null;

  const shutFor = (milliseconds: number): void => {
    shutUntil = Math.max(shutUntil, clock.now() + milliseconds);
    for (const waiter of waiters.splice(0)) refuse(waiter);
  };
  const closedError = (): UpstreamError =>
    new UpstreamError('unavailable', 'AKOOL is not reachable right now.', {
      pauseMs: Math.max(SECOND_MS, shutUntil - clock.now()),
    });
  const refuse = (waiter: Waiter): void => {
    waiter.giveUp();
    waiter.refuse(closedError());
  };
  const isShut = (): boolean => clock.now() < shutUntil;
  const isHalfOpen = (): boolean => failuresInARow >= FAILURES_THAT_BREAK;

  const budgetLeft = (): number => {
    const since = clock.now() - SECOND_MS;
    while (starts[0] !== undefined && starts[0] <= since) starts.shift();
    return perSecond - starts.length;
  };
  const room = (): number => {
    if (isShut()) return 0;
    if (isHalfOpen()) return probing ? 0 : Math.min(1, budgetLeft());
    return Math.max(0, budgetLeft() - waiters.length);
  };
  const start = (): void => {
    starts.push(clock.now());
    if (isHalfOpen()) probing = true;
  };
  const waitMs = (): number => {
    if (room() > 0) return 0;
    if (isShut()) return shutUntil - clock.now();
    const oldest = starts[0];
    return oldest === undefined || budgetLeft() > 0 ? SECOND_MS : oldest + SECOND_MS - clock.now();
  };
  const admitWaiters = (): void => {
    cancelTurn = null;
    while (waiters.length > 0 && budgetLeft() > 0) {
      const waiter = waiters.shift();
      waiter?.giveUp();
      start();
      waiter?.admit();
    }
    if (waiters.length > 0) cancelTurn = clock.after(waitMs(), admitWaiters);
  };

  const enter = (): Promise<void> => {
    if (room() > 0) {
      start();
      return Promise.resolve();
    }
    if (isShut() || isHalfOpen()) return Promise.reject(closedError());
    return new Promise<void>((admit, refuse) => {
      const waiter: Waiter = {
        admit,
        refuse,
        giveUp: clock.after(patienceMs, () => {
          const place = waiters.indexOf(waiter);
          if (place === -1) return;
          waiters.splice(place, 1);
          refuse(closedError());
        }),
      };
      waiters.push(waiter);
      cancelTurn ??= clock.after(waitMs(), admitWaiters);
    });
  };
  const succeeded = (): void => {
    probing = false;
    failuresInARow = 0;
  };
  const failed = (error: unknown): void => {
    if (!(error instanceof UpstreamError) || error.kind !== 'unavailable') {
      // AKOOL answered, so it is there.
      succeeded();
      return;
    }
    probing = false;
    if (error.pauseMs !== null) {
      shutFor(error.pauseMs);
      return;
    }
    failuresInARow += 1;
    const beyond = failuresInARow - FAILURES_THAT_BREAK;
    if (beyond >= 0) shutFor(Math.min(LONGEST_BREAK_MS, FIRST_BREAK_MS * 2 ** beyond));
  };

  return {
    room,
    waitMs,
    pauseFor: shutFor,
    async run(read) {
      await enter();
      try {
        const answer = await read();
        succeeded();
        return answer;
      } catch (error) {
        failed(error);
        throw error;
      }
    },
  };
}
