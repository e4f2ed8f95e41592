import type { JobFailure, JobStatus, Person, Resolution, VideoInfo } from './job.ts';

/**
 * One look at a job at AKOOL's side, already in our terms but not yet believed: `domain/advance`
 * decides what it changes. `status: null` is a status that AKOOL's documentation does not know.
 */
interface ObservationBase {
  /** AKOOL's `_id`, as asked for. */
  readonly id: string;
  readonly status: JobStatus | null;
  /** 0 to 100; null where AKOOL gave no usable number. */
  readonly progress: number | null;
  /**
   * What AKOOL said of a failure. Read only when the status is FAILED: successes carry such fields
   * too.
   */
  readonly failure: Partial<JobFailure>;
  /** Milliseconds since the epoch; null where AKOOL gave no usable number. */
  readonly createdAt: number | null;
  readonly supportId: string | null;
  /**
   * Why the video's URL cannot be taken over, as the end of a sentence; null: it can, or AKOOL
   * named none.
   */
  readonly urlProblem: string | null;
}

/** One look at an analysis. */
export interface AnalysisObservation extends ObservationBase {
  readonly kind: 'ANALYSIS';
  readonly videoUrl: string | null;
  /** Null: AKOOL gave no list of persons (yet). Empty: nobody was found. By objId. */
  readonly persons: readonly Person[] | null;
  readonly video: VideoInfo | null;
}

/** One look at a head swap task. Null: AKOOL did not say. */
export interface TaskObservation extends ObservationBase {
  readonly kind: 'HEAD_SWAP_TASK';
  readonly sourceVideoUrl: string | null;
  /** An absolute http(s) URL, or null. */
  readonly outputUrl: string | null;
  readonly durationSeconds: number | null;
  readonly resolution: Resolution | null;
  readonly modelName: string | null;
  readonly fileName: string | null;
  readonly deductionLockDuration: number | null;
  readonly deductionDuration: number | null;
}

/** One look at a job of either kind. */
export type Observation = AnalysisObservation | TaskObservation;
