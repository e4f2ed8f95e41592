import type { Random } from '../../runtime/random.ts';

/** How often an account's jobs are looked at; contract §3, `POLL_MIN_MS` and `POLL_MAX_MS`. */
export interface PollPace {
  /** The first and shortest interval, in milliseconds. */
  readonly minMs: number;
  /** The longest interval, in milliseconds. */
  readonly maxMs: number;
}

/** What the interval depends on. */
export interface PollSubject {
  /** Since the gateway first saw the job, in milliseconds. */
  readonly ageMs: number;
  /** Reads that failed in a row. */
  readonly failures: number;
  /** Nobody watches and a webhook will ring: polling is only the net below it. */
  readonly netOnly: boolean;
}

/** A job is looked at each tenth of its age: its end is seen late by a tenth of its length at most. */
const LOOKS_PER_AGE = 10;

/** Intervals vary by this share in both directions, so that jobs made together drift apart. */
const JITTER = 0.1;

/** How long until the next look at a job, in milliseconds; never outside the pace. */
export function pollInterval(subject: PollSubject, pace: PollPace, random: Random): number {
  const byAge = subject.netOnly ? pace.maxMs : Math.max(pace.minMs, subject.ageMs / LOOKS_PER_AGE);
  const backedOff = byAge * 2 ** Math.min(subject.failures, 10);
  const jittered = backedOff * (1 - JITTER + 2 * JITTER * random());
  return Math.round(Math.min(pace.maxMs, Math.max(pace.minMs, jittered)));
}
