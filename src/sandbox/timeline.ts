import type { Behaviour, ReadTrouble, Refusal } from './behaviour.ts';

/**
 * What a read of a job shows at one moment.
 *
 * A job waits (status 1) for the first tenth of its time, is worked on (status 2) with rising
 * progress, and ends at its full time with status 3 or 4. Nothing of this is stored: the status
 * follows from how long ago the job was made and from its cards, so a sandbox that was killed shows
 * the right state as soon as it is back. Detours (falling back, unknown statuses, troubled reads)
 * lie at fixed parts of the job's time.
 */
export type Moment = ReadTrouble | ShownMoment;

/** A read that is answered with the job's state. */
export interface ShownMoment {
  readonly kind: 'shown';
  /** 1 queued, 2 processing, 3 completed, 4 failed; AKOOL documents no 5 and no 9. */
  readonly status: number;
  /** 0 to 100. */
  readonly progress: number;
  /** Whether the output URL or the persons are there. */
  readonly hasResult: boolean;
}

/** How a job looks when it has just been made. */
export const JUST_MADE: ShownMoment = { kind: 'shown', status: 1, progress: 0, hasResult: false };

const WAITING = 0.1;
const GONE: Refusal = { code: 1014, msg: 'Resource does not exist' };

function shown(status: number, progress: number): ShownMoment {
  return { kind: 'shown', status, progress, hasResult: false };
}

function between(part: number, from: number, to: number): boolean {
  return part >= from && part < to;
}

/**
 * How long after a job was made its output or its persons are there, in milliseconds; null: never.
 */
export function resultAtMs(durationMs: number, behaviour: Behaviour): number | null {
  if (behaviour.ending !== 'completed') return null;
  return durationMs * (behaviour.resultLate ? 1.4 : 1);
}

/**
 * The state of a job `elapsedMs` after it was made, when it takes `durationMs`, slowness included.
 */
export function momentAt(elapsedMs: number, durationMs: number, behaviour: Behaviour): Moment {
  const part = Math.max(0, elapsedMs) / durationMs;
  const { firstTrouble, midTrouble, ending, regresses } = behaviour;
  if (ending === 'vanishes' && part >= 0.6) return { kind: 'refusal', refusal: GONE };
  if (firstTrouble && part < 0.6) return firstTrouble;
  if (midTrouble && between(part, 0.3, 0.6)) return midTrouble;
  if (regresses && between(part, 0.5, 0.65)) return JUST_MADE;
  const progress = Math.min(95, Math.round(part * 100));
  if (behaviour.unknownStatus && between(part, 0.4, 0.6)) {
    return shown(part < 0.5 ? 5 : 9, progress);
  }
  if (part < WAITING) return JUST_MADE;
  if (part < 1 || ending === 'never') return shown(2, progress);
  if (regresses && between(part, 1.2, 1.6)) return shown(2, 50);
  if (ending === 'failed') return shown(4, 60);
  if (ending === 'unknown') return shown(5, 60);
  const resultAt = resultAtMs(durationMs, behaviour);
  const hasResult = resultAt !== null && elapsedMs >= resultAt;
  return { kind: 'shown', status: 3, progress: 100, hasResult };
}
