import {
  type Analysis,
  type HeadSwapTask,
  isFinal,
  type Job,
  type JobFailure,
  type JobStatus,
  rankOf,
  type TaskRequest,
  type TeamId,
} from './job.ts';
import type { AnalysisObservation, Observation, TaskObservation } from './observation.ts';

/**
 * How a job moves. A job goes QUEUED → PROCESSING → COMPLETED or FAILED, may skip steps, and never
 * goes back. An observation is evidence, not truth:
 * - a report with a status lower than the known one, or with one we do not know, changes nothing at
 *   all and is an anomaly;
 * - COMPLETED is believed only with its proof: a task's output URL, an analysis's list of persons
 *   (an empty one is nobody found). Until the proof is there the job is PROCESSING;
 * - a job that is live for long is overdue until it ends;
 * - progress never falls, and is 100 exactly when COMPLETED;
 * - once the job has ended, nothing changes any more.
 */

/** What an observation did to a job. */
export interface Advance {
  readonly job: Job;
  /** What AKOOL said that could not be believed, in words for the log; null when all was well. */
  readonly anomaly: string | null;
}

/** What is known of a job before AKOOL is first asked about it. */
export interface Origin {
  readonly team: TeamId;
  readonly madeHere: boolean;
  /** The URL that we submitted; for a foreign job, AKOOL's word. */
  readonly videoUrl: string;
  /** Null for an analysis and for a foreign task. */
  readonly request: TaskRequest | null;
}

/** The highest progress that an unfinished job shows. */
const ALMOST_DONE = 99;

/** How long a job may take, in milliseconds: most take minutes, and AKOOL speaks of hours. */
export const OVERDUE_AFTER_MS = 2 * 60 * 60 * 1000;

/** The most characters of a failure's reason. */
const REASON_LENGTH = 500;

/** A job's first version, as seen at `now` (ms). */
export function firstJob(origin: Origin, seen: Observation, now: number): Job {
  const base = {
    team: origin.team,
    id: seen.id,
    madeHere: origin.madeHere,
    status: 'QUEUED' as const,
    progress: 0,
    failure: null,
    version: 0,
    createdAt: seen.createdAt ?? now,
    updatedAt: now,
    observedAt: now,
    supportId: null,
    overdueSince: null,
  };
  // V8 takes ten times as long where the spread comes first and new fields follow.
  const blank: Job =
    seen.kind === 'ANALYSIS'
      ? { kind: 'ANALYSIS', ...base, videoUrl: origin.videoUrl, persons: [], video: null }
      : {
          kind: 'HEAD_SWAP_TASK',
          ...base,
          sourceVideoUrl: origin.videoUrl,
          outputUrl: null,
          durationSeconds: null,
          resolution: null,
          modelName: null,
          fileName: null,
          deductionLockDuration: null,
          deductionDuration: null,
          request: origin.request,
        };
  // What is known of it beside its status is worth having from the beginning.
  const first = seen.status === null ? { ...seen, status: blank.status, progress: null } : seen;
  return { ...advance(blank, first, now, now).job, version: 1, updatedAt: now, observedAt: now };
}

/** Which video AKOOL says a job is of; null when it does not say. */
export function videoUrlOf(seen: Observation): string | null {
  return seen.kind === 'ANALYSIS' ? seen.videoUrl : seen.sourceVideoUrl;
}

/**
 * What `seen` makes of `job` at `now` (ms). The observation must be of that job. `firstSeenAt`:
 * when it was first seen here, which is what its time is counted from, whatever AKOOL says.
 */
export function advance(job: Job, seen: Observation, now: number, firstSeenAt: number): Advance {
  if (isFinal(job.status)) {
    const contradicts = seen.status !== job.status;
    return {
      job,
      anomaly: contradicts ? `status ${seen.status ?? 'unknown'} after ${job.status}` : null,
    };
  }
  const status = provenStatus(seen);
  if (status === null || rankOf(status) < rankOf(job.status)) {
    return { job, anomaly: `status ${status ?? 'unknown'} after ${job.status}` };
  }
  const next = merge(job, seen, {
    status,
    progress: progressOf(job, seen, status),
    failure: status === 'FAILED' ? failureOf(seen) : null,
    supportId: seen.supportId ?? job.supportId,
    overdueSince: isFinal(status) ? null : overdueSince(firstSeenAt, now),
  });
  const changed = !sameState(job, next);
  return {
    job: {
      ...next,
      version: changed ? job.version + 1 : job.version,
      updatedAt: changed ? now : job.updatedAt,
      observedAt: now,
    },
    anomaly: isUnproven(seen) ? 'COMPLETED without its result' : null,
  };
}

/** A job that AKOOL has denied knowing for too long ends here, with AKOOL's code. */
export function endDenied(job: Job, code: number, now: number): Job {
  return {
    ...job,
    status: 'FAILED',
    failure: { reason: 'AKOOL no longer knows this job.', code },
    overdueSince: null,
    version: job.version + 1,
    updatedAt: now,
    observedAt: now,
  };
}

function provenStatus(seen: Observation): JobStatus | null {
  return isUnproven(seen) ? 'PROCESSING' : seen.status;
}

function isUnproven(seen: Observation): boolean {
  const proof = seen.kind === 'ANALYSIS' ? seen.persons : seen.outputUrl;
  return seen.status === 'COMPLETED' && proof === null;
}

function progressOf(job: Job, seen: Observation, status: JobStatus): number {
  if (status === 'COMPLETED') return 100;
  const claimed = Math.min(ALMOST_DONE, Math.max(0, seen.progress ?? 0));
  return Math.max(job.progress, claimed);
}

function failureOf(seen: Observation): JobFailure {
  const reason = seen.failure.reason?.trim().slice(0, REASON_LENGTH);
  return {
    reason:
      reason === undefined || reason === ''
        ? 'AKOOL reported a failure without giving a reason.'
        : reason,
    code: seen.failure.code ?? null,
  };
}

function overdueSince(firstSeenAt: number, now: number): number | null {
  const since = firstSeenAt + OVERDUE_AFTER_MS;
  return now < since ? null : since;
}

type Moved = Pick<Job, 'status' | 'progress' | 'failure' | 'supportId' | 'overdueSince'>;

function merge(job: Job, seen: Observation, moved: Moved): Job {
  if (job.kind === 'ANALYSIS' && seen.kind === 'ANALYSIS') return mergeAnalysis(job, seen, moved);
  if (job.kind === 'HEAD_SWAP_TASK' && seen.kind === 'HEAD_SWAP_TASK')
    return mergeTask(job, seen, moved);
  throw new TypeError(`An observation of kind ${seen.kind} was reported for a ${job.kind}`);
}

function mergeAnalysis(job: Analysis, seen: AnalysisObservation, moved: Moved): Analysis {
  return {
    ...job,
    ...moved,
    persons: moved.status === 'COMPLETED' ? (seen.persons ?? []) : [],
    video: seen.video ?? job.video,
  };
}

function mergeTask(job: HeadSwapTask, seen: TaskObservation, moved: Moved): HeadSwapTask {
  return {
    ...job,
    ...moved,
    outputUrl: moved.status === 'COMPLETED' ? seen.outputUrl : null,
    durationSeconds: seen.durationSeconds ?? job.durationSeconds,
    resolution: seen.resolution ?? job.resolution,
    modelName: seen.modelName ?? job.modelName,
    fileName: seen.fileName ?? job.fileName,
    deductionLockDuration: seen.deductionLockDuration ?? job.deductionLockDuration,
    deductionDuration: seen.deductionDuration ?? job.deductionDuration,
  };
}

/**
 * `after` is `before` with some fields replaced. What is no plain value is made by the same code in
 * the same field order, so equal ones have equal texts.
 */
function sameState(before: Job, after: Job): boolean {
  const known: Readonly<Record<string, unknown>> = { ...before };
  const next: Readonly<Record<string, unknown>> = { ...after };
  return Object.keys(next).every(
    (field) =>
      next[field] === known[field] || JSON.stringify(next[field]) === JSON.stringify(known[field]),
  );
}
