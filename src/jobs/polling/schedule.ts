import { OVERDUE_AFTER_MS } from '../../domain/advance.ts';
import { isFinal, type Job } from '../../domain/job.ts';
import type { Random } from '../../runtime/clock.ts';
import type { JobWrite, StoredJob } from '../../store/job-store.ts';

/** How often an account's jobs are looked at. */
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
  readonly isWatched: boolean;
  /** A webhook will come. While nobody watches, polling is only the net below it. */
  readonly hasWebhook: boolean;
}

/** What is known about looking at a job again. */
export type Look = JobWrite['schedule'];

/** What decides when to look again, beside the job itself. */
export interface LookContext {
  /** Milliseconds since the epoch, by the store's clock. */
  readonly now: number;
  readonly isWatched: boolean;
  readonly pace: PollPace;
  readonly random: Random;
}

/**
 * A job is looked at each tenth of its age: its end is seen late by a tenth of its length at most.
 */
const LOOKS_PER_AGE = 10;

/** The longest time between two looks at an overdue job that nobody watches, in milliseconds. */
const RAREST_MS = 60 * 60 * 1000;

/** Intervals vary by this share in both directions, so that jobs made together drift apart. */
const JITTER = 0.1;

/** How long a job counts as watched unless that is renewed, in milliseconds. */
export const WATCHED_MS = 30_000;

/** How long AKOOL must deny knowing a job without a break until it is believed, in milliseconds. */
export const DENIED_FOR_GOOD_MS = 60 * 60 * 1000;

/**
 * How long until the next look at a job, in milliseconds; never outside the pace. A job that is
 * overdue and that nobody watches is looked at more and more rarely, up to once an hour: many such
 * jobs must not use up what the others need.
 */
export function pollInterval(subject: PollSubject, pace: PollPace, random: Random): number {
  const { ageMs, isWatched, hasWebhook } = subject;
  const overdueMs = isWatched ? 0 : Math.max(0, ageMs - OVERDUE_AFTER_MS);
  const longestMs = Math.max(pace.maxMs, Math.min(RAREST_MS, overdueMs / LOOKS_PER_AGE));
  const isNetOnly = hasWebhook && !isWatched;
  const byAge = isNetOnly ? longestMs : Math.max(pace.minMs, ageMs / LOOKS_PER_AGE);
  const backedOff = byAge * 2 ** Math.min(subject.failures, 10);
  const jittered = backedOff * (1 - JITTER + 2 * JITTER * random());
  return Math.round(Math.min(longestMs, Math.max(pace.minMs, jittered)));
}

/** When to look at a job again that has been looked at now. */
export function nextLook(job: Job, before: Look, context: LookContext): Look {
  const { now, isWatched, pace, random } = context;
  if (isFinal(job.status) || !(job.madeHere || isWatched)) return { ...before, dueAt: null };
  const subject = {
    ageMs: now - before.firstSeenAt,
    failures: before.failures,
    isWatched,
    hasWebhook: before.hasWebhook,
  };
  return { ...before, dueAt: now + pollInterval(subject, pace, random) };
}

/** When to look at a job for the first time that was made now. */
export function firstLook(
  job: Job,
  hasWebhook: boolean,
  context: Omit<LookContext, 'isWatched'>,
): Look {
  return nextLook(job, neverLooked(hasWebhook, context.now), { ...context, isWatched: false });
}

/** Of a job that is seen for the first time. */
export function neverLooked(hasWebhook: boolean, now: number): Look {
  return { dueAt: null, failures: 0, deniedSince: null, hasWebhook, firstSeenAt: now };
}

/**
 * Whether the latest read of the job, by whichever instance, began after that instant and has
 * brought what it could.
 */
export function isReadSince({ job, schedule }: StoredJob, since: number): boolean {
  const readAt = schedule.readAt ?? 0;
  return readAt > since && job.observedAt >= readAt;
}
