import type { CancelTimer, Clock } from '../../runtime/clock.ts';
import { createCircuitBreaker, type BreakerState } from './circuit-breaker.ts';
import { ownBudget, type ReadBudget } from './shared-read-budget.ts';
import { createWaitingLine } from './waiting-line.ts';

/**
 * Decides when an AKOOL account may be read. Three rules, in this order:
 * - **pause**: after 1005 or 429 nobody reads for as long as the refusal says;
 * - **circuit breaker**: after failures in a row nobody reads for a while, and then one does as a
 *   probe;
 * - **budget**: in any second there start at most `perSecond` reads. Those who wait go first, in
 *   order; polling takes what is left.
 *
 * The limiter keeps these rules for its own process and asks for the account's budget before each
 * read that they allow. Where several instances share the account, the budget keeps the same rules
 * among all of them, and the limiter learns from its answers.
 */
export interface ReadLimiter {
  /** How many reads may start now without waiting, as far as this process knows. */
  room(): number;
  /**
   * Runs a read once the budget allows, and learns from how it ends. Throws UpstreamError
   * (unavailable, with the time left) without running it while paused or broken, or when the budget
   * does not allow it for `patienceMs`; and what the store throws.
   */
  run<Answer>(read: () => Promise<Answer>): Promise<Answer>;
  /** AKOOL asks the account to pause for so many milliseconds; reading stops too. */
  pauseFor(pauseMs: number): void;
  /** How long to wait, in milliseconds, until so many may start; 0 when they may now. */
  waitMs(wanted: number): number;
  /** How it stands, for operators. */
  state(): LimiterState;
}

/** How a limiter stands in this process. */
export interface LimiterState {
  /** Reads that began in the last second, and how many may. */
  readonly used: number;
  readonly perSecond: number;
  readonly waiting: number;
  /** AKOOL asks to read nothing. */
  readonly isPaused: boolean;
  readonly breaker: BreakerState;
}

export interface ReadLimiterParts {
  readonly clock: Clock;
  /** Default: this process has the account to itself. */
  readonly budget?: ReadBudget;
  /** Reads that may start in a second. */
  readonly perSecond: number;
  /** The longest a read waits for the budget, in milliseconds. */
  readonly patienceMs: number;
}

const SECOND_MS = 1000;

/**
 * The shortest time between two turns of those who wait: reads that begin together share the
 * statements before and after them.
 */
const TURN_MS = 250;

export function createReadLimiter(parts: ReadLimiterParts): ReadLimiter {
  const { clock, budget = ownBudget, perSecond, patienceMs } = parts;
  const breaker = createCircuitBreaker({
    clock,
    budget,
    onShut: () => line.refuseAll(breaker.refusal()),
  });
  const line = createWaitingLine({ clock, patienceMs, tooLate: () => breaker.refusal() });
  const started = createStarts(clock, perSecond);
  /** Until when the budget has nothing left for this process. */
  let shortUntil = 0;
  let asking = false;
  const turns = createTurns(clock, () => void admitWaiters());

  /** How many of those who wait may start now. */
  const admissible = (): number =>
    clock.now() < shortUntil ? 0 : Math.min(breaker.allowed(), started.left());
  const room = (): number => Math.max(0, admissible() - line.length);
  /** How long until the oldest `count` reads of the last second no longer count. */
  const freeInMs = (count: number): number => {
    const shutMs = breaker.shutForMs();
    if (shutMs > 0) return shutMs;
    const now = clock.now();
    if (now < shortUntil) return shortUntil - now;
    return count > 0 ? started.freeInMs(count) : SECOND_MS;
  };

  /**
   * Lets those who wait start, as many as the rules and the budget allow, and comes back for the
   * rest.
   */
  const admitWaiters = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    turns.begin();
    // Reads that begin at the same moment ask together.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    try {
      for (let count = admissible(); line.length > 0 && count > 0; count = admissible()) {
        const wanted = Math.min(count, line.length);
        const { granted, retryInMs, isShut, failures } = await budget.take(wanted);
        breaker.countedByAll(failures);
        const admitted = line.admit(granted);
        started.note(admitted);
        if (admitted > 0) breaker.starts();
        // One that is granted all the same is a probe of this process, and the others wait for it.
        if (isShut && granted === 0) breaker.shutElsewhere(retryInMs);
        else if (!isShut && granted < wanted) shortUntil = clock.now() + retryInMs;
      }
    } catch (error) {
      line.refuseAll(error);
    } finally {
      asking = false;
    }
    if (line.length > 0) turns.planIn(admissible() > 0 ? 0 : freeInMs(1 - started.left()));
  };

  const enter = (): Promise<void> => {
    const isShut = breaker.shutForMs() > 0;
    if (isShut || (breaker.isHalfOpen() && room() === 0)) return Promise.reject(breaker.refusal());
    const turn = line.enter();
    if (!turns.isPlanned() || (admissible() > 0 && turns.mayBegin())) void admitWaiters();
    return turn;
  };

  return {
    room,
    waitMs(wanted) {
      const enough = breaker.isHalfOpen() ? 1 : Math.min(wanted, perSecond);
      return room() >= enough ? 0 : freeInMs(enough + line.length - started.left());
    },
    state: () => ({
      used: perSecond - started.left(),
      perSecond,
      waiting: line.length,
      isPaused: breaker.isPaused(),
      breaker: breaker.state(),
    }),
    pauseFor: (pauseMs) => void bestEffort(breaker.pause(pauseMs)),
    async run(read) {
      await enter();
      try {
        const answer = await read();
        await bestEffort(breaker.succeeded());
        return answer;
      } catch (error) {
        await bestEffort(breaker.failed(error));
        throw error;
      }
    },
  };
}

/** When those who wait may start. */
function createTurns(clock: Clock, run: () => void) {
  let cancel: CancelTimer | null = null;
  let soonest = -Infinity;
  return {
    isPlanned: (): boolean => cancel !== null,
    mayBegin: (): boolean => clock.now() >= soonest,
    /** One begins, and is no longer planned. */
    begin(): void {
      cancel?.();
      cancel = null;
      soonest = clock.now() + TURN_MS;
    },
    planIn(milliseconds: number): void {
      cancel = clock.after(Math.max(milliseconds, soonest - clock.now()), run);
    },
  };
}

/** The reads of the last second, of which `perSecond` may start. */
function createStarts(clock: Clock, perSecond: number) {
  /** When they started, oldest first. */
  const starts: number[] = [];
  return {
    left(): number {
      const since = clock.now() - SECOND_MS;
      while (starts[0] !== undefined && starts[0] <= since) starts.shift();
      return Math.max(0, perSecond - starts.length);
    },
    note(count: number): void {
      for (let noted = 0; noted < count; noted += 1) starts.push(clock.now());
    },
    /** How long until so many more may start than now. */
    freeInMs: (count: number): number =>
      (starts[Math.min(count, starts.length) - 1] ?? clock.now()) + SECOND_MS - clock.now(),
  };
}

/** Other instances that are not told hit the limit themselves. */
function bestEffort(telling: Promise<void>): Promise<void> {
  return telling.catch(() => undefined);
}
