import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import { ownBudget, type ReadBudget } from './shared-read-budget.ts';

/**
 * Decides when an AKOOL account may be read. Three rules, in this order:
 * - **pause**: after 1005 or 429 nobody reads for as long as the refusal says;
 * - **breaker**: after five failures in a row nobody reads for 1 s, doubled for each further failure, 15 s at most. Then one
 *   read goes ahead as a probe: its success opens the gate for all, its failure closes it again;
 * - **budget**: in any second there start at most `perSecond` reads. Those who wait go first, in order; polling takes what is
 *   left.
 *
 * The gate keeps these rules for its own process and asks for the account's budget before each read that they allow. Where
 * several instances share the account, the budget keeps the same rules among all of them, and the gate learns from its answers.
 */
export interface ReadLimiter {
  /** How many reads may start now without waiting, as far as this process knows. */
  room(): number;
  /**
   * Runs a read once the budget allows, and learns from how it ends. Throws UpstreamError (unavailable, with the time left) without
   * running it while paused or broken, or when the budget does not allow it for `patienceMs`; and what the store throws.
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
  /** Default: this process has the account to itself. */
  readonly budget?: ReadBudget;
  /** Contract §3, `POLL_BUDGET_PER_SECOND`. */
  readonly perSecond: number;
  /** The longest a read waits for the budget, in milliseconds. */
  readonly patienceMs: number;
}

/** So many failures in a row close the gate. */
export const FAILURES_THAT_BREAK = 5;

const SECOND_MS = 1000;
const FIRST_BREAK_MS = 1000;
const LONGEST_BREAK_MS = 15_000;

interface Waiter {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
  readonly giveUp: CancelTimer;
}

/** A gate for one account in one process. */
export function createReadLimiter(options: ReadGateOptions): ReadLimiter {
  const { clock, budget = ownBudget, perSecond, patienceMs } = options;
  /** When the latest `perSecond` reads started, oldest first. */
  const starts: number[] = [];
  const waiters: Waiter[] = [];
  let shutUntil = 0;
  /** Until when it is AKOOL that asks to read nothing, as opposed to the breaker. */
  let pausedUntil = 0;
  /** Until when the budget has nothing left for this process. */
  let shortUntil = 0;
  let failuresInARow = 0;
  let probing = false;
  let asking = false;
  let cancelTurn: CancelTimer | null = null;

  const refuseAll = (error: unknown): void => {
    for (const waiter of waiters.splice(0)) {
      waiter.giveUp();
      waiter.refuse(error);
    }
  };
  const shutHere = (milliseconds: number): void => {
    shutUntil = Math.max(shutUntil, clock.now() + milliseconds);
    refuseAll(closedError());
  };
  const pauseHere = (milliseconds: number): void => {
    pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds);
    shutHere(milliseconds);
  };
  const closedError = (): UpstreamError =>
    new UpstreamError('unavailable', whyClosed(), {
      pauseMs: Math.max(SECOND_MS, shutUntil - clock.now()),
    });
  const isShut = (): boolean => clock.now() < shutUntil;
  const isHalfOpen = (): boolean => failuresInARow >= FAILURES_THAT_BREAK;
  const whyClosed = (): string => {
    if (clock.now() < pausedUntil) return 'AKOOL asks to slow down.';
    if (isShut() || isHalfOpen()) return 'AKOOL is not reachable right now.';
    return 'Too many reads wait for AKOOL right now.';
  };

  const ownLeft = (): number => {
    const since = clock.now() - SECOND_MS;
    while (starts[0] !== undefined && starts[0] <= since) starts.shift();
    return perSecond - starts.length;
  };
  /** How many of those who wait may start now. */
  const admissible = (): number => {
    if (isShut() || clock.now() < shortUntil) return 0;
    if (isHalfOpen()) return probing ? 0 : Math.min(1, ownLeft());
    return Math.max(0, ownLeft());
  };
  const room = (): number => Math.max(0, admissible() - waiters.length);
  const waitMs = (): number => {
    if (room() > 0) return 0;
    const now = clock.now();
    if (isShut()) return shutUntil - now;
    if (now < shortUntil) return shortUntil - now;
    const [oldest] = starts;
    return oldest === undefined || ownLeft() > 0 ? SECOND_MS : oldest + SECOND_MS - now;
  };

  /** Lets those who wait start, as many as the rules and the budget allow, and comes back for the rest. */
  const admitWaiters = async (): Promise<void> => {
    cancelTurn?.();
    cancelTurn = null;
    if (asking) return;
    asking = true;
    try {
      for (let count = admissible(); waiters.length > 0 && count > 0; count = admissible()) {
        const wanted = Math.min(count, waiters.length);
        const { granted, retryInMs, isShut: refused, failures } = await budget.take(wanted);
        failuresInARow = failures ?? failuresInARow;
        for (const waiter of waiters.splice(0, granted)) {
          waiter.giveUp();
          starts.push(clock.now());
          if (isHalfOpen()) probing = true;
          waiter.admit();
        }
        if (refused && isHalfOpen()) shutHere(retryInMs);
        else if (refused) pauseHere(retryInMs);
        else if (granted < wanted) shortUntil = clock.now() + retryInMs;
      }
    } catch (error) {
      refuseAll(error);
    } finally {
      asking = false;
    }
    if (waiters.length > 0) cancelTurn = clock.after(turnMs(), () => void admitWaiters());
  };
  const turnMs = (): number => (admissible() > 0 ? 0 : waitMs());

  const enter = (): Promise<void> => {
    if (isShut() || (isHalfOpen() && room() === 0)) return Promise.reject(closedError());
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
      if (cancelTurn === null || admissible() > 0) void admitWaiters();
    });
  };

  const succeeded = async (): Promise<void> => {
    probing = false;
    if (failuresInARow === 0) return;
    failuresInARow = 0;
    await budget.clearFailures();
  };
  const failed = async (error: unknown): Promise<void> => {
    if (!(error instanceof UpstreamError) || error.kind !== 'unavailable') {
      // AKOOL answered, so it is there.
      await succeeded();
      return;
    }
    probing = false;
    if (error.pauseMs !== null) {
      await pause(error.pauseMs);
      return;
    }
    failuresInARow += 1;
    failuresInARow = await budget.countFailure(failuresInARow);
    const beyond = failuresInARow - FAILURES_THAT_BREAK;
    if (beyond >= 0) await shut(Math.min(LONGEST_BREAK_MS, FIRST_BREAK_MS * 2 ** beyond));
  };
  const shut = async (milliseconds: number): Promise<void> => {
    shutHere(milliseconds);
    await budget.shut(milliseconds);
  };
  const pause = async (milliseconds: number): Promise<void> => {
    pauseHere(milliseconds);
    await budget.shut(milliseconds);
  };
  /** What the others do not hear of now they find out by themselves. */
  const told = (telling: Promise<void>): Promise<void> => telling.catch(() => undefined);

  return {
    room,
    waitMs,
    pauseFor: (pauseMs) => void told(pause(pauseMs)),
    async run(read) {
      await enter();
      try {
        const answer = await read();
        await told(succeeded());
        return answer;
      } catch (error) {
        await told(failed(error));
        throw error;
      }
    },
  };
}
