import { advance, endDenied, firstJob, videoUrlOf } from '../../domain/advance.ts';
import { isFinal, type Job, type JobKey } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import type { ClaimedJob } from '../../store/schedule-store.ts';
import type { ReadCause } from '../job-observer.ts';
import { DENIED_FOR_GOOD_MS, type Look } from './schedule.ts';

/** Something learned about a job. */
export type Evidence = (
  | { readonly kind: 'seen'; readonly observation: Observation }
  /** AKOOL denies knowing it. */
  | { readonly kind: 'denied'; readonly code: number }
  /** It could not be read: only the next look moves. */
  | { readonly kind: 'unread' }
  /** It was not read after all: the account is paused, or nobody watches a foreign job any more. */
  | { readonly kind: 'skipped' }
) & {
  /** The claim under which it was read, if any. */
  readonly claim?: ClaimedJob;
  /** Why it was read, if it was. */
  readonly cause?: ReadCause;
};

/** A job and what is known about looking at it again. */
export interface Known {
  readonly job: Job;
  readonly look: Look;
}

/**
 * What one piece of evidence makes of a known job, by the store's clock. `anomaly`: what AKOOL said
 * that cannot be.
 */
export function weigh(
  { job, look }: Known,
  evidence: Evidence,
  now: number,
): Known & { readonly anomaly: string | null } {
  switch (evidence.kind) {
    case 'seen': {
      const { job: next, anomaly } = advance(job, evidence.observation, now, look.firstSeenAt);
      return { job: next, look: { ...look, failures: 0, deniedSince: null }, anomaly };
    }
    case 'denied': {
      const deniedSince = look.deniedSince ?? now;
      const isForGood = now - deniedSince >= DENIED_FOR_GOOD_MS && !isFinal(job.status);
      return {
        job: isForGood ? endDenied(job, evidence.code, now) : job,
        look: { ...look, failures: look.failures + 1, deniedSince },
        anomaly: null,
      };
    }
    case 'unread':
      return { job, look: { ...look, failures: look.failures + 1 }, anomaly: null };
    case 'skipped':
      return { job, look, anomaly: null };
  }
}

/**
 * A job that was made elsewhere, as it is first seen; null: AKOOL does not say of which video it
 * is.
 */
export function foreignJob(key: JobKey, seen: Observation, now: number): Job | null {
  const videoUrl = videoUrlOf(seen);
  if (videoUrl === null) return null;
  return firstJob({ team: key.team, madeHere: false, videoUrl, request: null }, seen, now);
}
