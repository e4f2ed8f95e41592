import type { Clock } from '../../runtime/clock.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import { FAILURES_THAT_BREAK, type ReadBudget } from './shared-read-budget.ts';

/**
 * Keeps an account from being read while AKOOL asks for a pause or is not there. After five
 * failures in a row it shuts for 1 s, doubled for each further failure, 15 s at most. Then it is
 * half open: one read goes ahead as a probe, whose success opens it for all and whose failure shuts
 * it again.
 */
export interface CircuitBreaker {
  /** How many reads may start now, as far as it is concerned: Infinity while reads flow. */
  allowed(): number;
  isHalfOpen(): boolean;
  /** Closed while reads flow. */
  state(): BreakerState;
  /** AKOOL asks to read nothing. */
  isPaused(): boolean;
  /** How long it stays shut, in milliseconds; 0 when it is not. */
  shutForMs(): number;
  /** What a read is told that may not start, with the time to wait. */
  refusal(): UpstreamError;
  /** A read starts. */
  starts(): void;
  /** All instances together have counted so many failures in a row; null: nobody else counts. */
  countedByAll(failures: number | null): void;
  /** Another instance has it shut, or probes, for so long. */
  shutElsewhere(milliseconds: number): void;
  /** A read went well: AKOOL is there. Tells the other instances. */
  succeeded(): Promise<void>;
  /** A read failed. Tells the other instances. */
  failed(error: unknown): Promise<void>;
  /** AKOOL asks the account to pause for so long. Tells the other instances. */
  pause(milliseconds: number): Promise<void>;
}

/** How a circuit breaker stands. */
export type BreakerState = 'closed' | 'open' | 'half_open';

export interface CircuitBreakerParts {
  readonly clock: Clock;
  readonly budget: ReadBudget;
  /** It has just shut. */
  readonly onShut: () => void;
}

const FIRST_BREAK_MS = 1000;
const LONGEST_BREAK_MS = 15_000;

/** The shortest wait that a refusal names. */
const LEAST_WAIT_MS = 1000;

export function createCircuitBreaker(parts: CircuitBreakerParts): CircuitBreaker {
  const { clock, budget, onShut } = parts;
  let shutUntil = 0;
  /** Until when it is AKOOL that asks to read nothing. */
  let pausedUntil = 0;
  let failuresInARow = 0;
  let probing = false;

  const shutForMs = (): number => Math.max(0, shutUntil - clock.now());
  const isHalfOpen = (): boolean => failuresInARow >= FAILURES_THAT_BREAK;
  const shutHere = (milliseconds: number): void => {
    shutUntil = Math.max(shutUntil, clock.now() + milliseconds);
    onShut();
  };
  const pauseHere = (milliseconds: number): void => {
    pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds);
    shutHere(milliseconds);
  };
  const isPaused = (): boolean => clock.now() < pausedUntil;
  const why = (): string => {
    if (isPaused()) return 'AKOOL asks to slow down.';
    if (shutForMs() > 0 || isHalfOpen()) return 'AKOOL is not reachable right now.';
    return 'Too many reads wait for AKOOL right now.';
  };
  const pause = async (milliseconds: number): Promise<void> => {
    pauseHere(milliseconds);
    await budget.shut(milliseconds);
  };
  const succeeded = async (): Promise<void> => {
    probing = false;
    if (failuresInARow === 0) return;
    failuresInARow = 0;
    await budget.clearFailures();
  };
  const countFailure = async (): Promise<void> => {
    failuresInARow += 1;
    failuresInARow = await budget.countFailure(failuresInARow);
    const beyond = failuresInARow - FAILURES_THAT_BREAK;
    if (beyond < 0) return;
    const milliseconds = Math.min(LONGEST_BREAK_MS, FIRST_BREAK_MS * 2 ** beyond);
    shutHere(milliseconds);
    await budget.shut(milliseconds);
  };

  return {
    isHalfOpen,
    state() {
      if (!isHalfOpen()) return 'closed';
      return shutForMs() > 0 ? 'open' : 'half_open';
    },
    isPaused,
    shutForMs,
    allowed() {
      if (shutForMs() > 0) return 0;
      if (isHalfOpen()) return probing ? 0 : 1;
      return Infinity;
    },
    refusal: () =>
      new UpstreamError('unavailable', why(), { pauseMs: Math.max(LEAST_WAIT_MS, shutForMs()) }),
    starts() {
      if (isHalfOpen()) probing = true;
    },
    countedByAll(failures) {
      failuresInARow = failures ?? failuresInARow;
    },
    shutElsewhere(milliseconds) {
      if (isHalfOpen()) shutHere(milliseconds);
      else pauseHere(milliseconds);
    },
    pause,
    succeeded,
    async failed(error) {
      // Any other error is an answer, so AKOOL is there.
      if (!(error instanceof UpstreamError) || error.kind !== 'unavailable') return succeeded();
      probing = false;
      return error.pauseMs === null ? countFailure() : pause(error.pauseMs);
    },
  };
}
