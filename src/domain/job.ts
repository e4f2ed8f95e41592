/** The states of a job in the order it goes through them; COMPLETED and FAILED are both the end. */
export type JobStatus = 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

/** Every status, in the order of a job's life. */
export const JOB_STATUSES: readonly JobStatus[] = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'];

/** Whether a job in this status has ended. A job that has ended never changes again. */
export function isFinal(status: JobStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED';
}

/** How far a status is along the way: QUEUED 0, PROCESSING 1, both ends 2. */
export function rankOf(status: JobStatus): number {
  return isFinal(status) ? 2 : JOB_STATUSES.indexOf(status);
}

/** A tenant of the gateway: one AKOOL account and the callers that may use it. */
export type TeamId = string;

/** The two kinds of work that AKOOL does and whose status can be watched. */
export type JobKind = 'ANALYSIS' | 'HEAD_SWAP_TASK';

/** What names a job. AKOOL's ids are unique per kind at best, so the kind belongs to the key. */
export interface JobKey {
  readonly team: TeamId;
  readonly kind: JobKind;
  /** AKOOL's `_id`. */
  readonly id: string;
}

/** One string per key, for maps. The id comes last, so no two keys share one. */
export function jobKeyText(key: JobKey): string {
  return `${key.kind}/${key.team}/${key.id}`;
}

/** Why a job FAILED. */
export interface JobFailure {
  /** AKOOL's words, at most 500 characters, or a sentence of ours where it gave none. */
  readonly reason: string;
  /** AKOOL's task-level code; null where it gave none. */
  readonly code: number | null;
}

/** What both kinds of job have. All instants are milliseconds since the epoch. */
export interface JobBase extends JobKey {
  /** Made through this gateway. False: a foreign job, left out of lists and of the team feed. */
  readonly madeHere: boolean;
  readonly status: JobStatus;
  /** 0 to 100; never falls; 100 exactly when COMPLETED. */
  readonly progress: number;
  /** Present exactly when FAILED. */
  readonly failure: JobFailure | null;
  /** Starts at 1 and grows with every change of any other field but observedAt. */
  readonly version: number;
  readonly createdAt: number;
  /** When the change that made this version was seen. */
  readonly updatedAt: number;
  /** When AKOOL last confirmed this state. */
  readonly observedAt: number;
  /** AKOOL's internal task_id, for its support. */
  readonly supportId: string | null;
  /** Since when it should have ended; null: it is not overdue, or has ended. */
  readonly overdueSince: number | null;
}

/**
 * The most characters of any URL: what callers send, what AKOOL sends and what is stored. Presigned
 * URLs with the security token of a role have two to three thousand; one beyond this is a mistake
 * and would only fill the database.
 */
export const LONGEST_URL = 8_192;

/** Somebody found in a video. */
export interface Person {
  /** 0-based, unique within its analysis. */
  readonly objId: number;
  /** A picture of the person; null where AKOOL gave no usable one. */
  readonly previewUrl: string | null;
}

/** What AKOOL measured of a video. */
export interface VideoInfo {
  /** Pixels. */
  readonly width: number | null;
  /** Pixels. */
  readonly height: number | null;
  readonly fps: number | null;
  readonly frameCount: number | null;
}

/** A video's length in seconds; null where AKOOL did not tell both figures that make it. */
export function secondsOf(video: VideoInfo | null): number | null {
  const { frameCount, fps } = video ?? {};
  const isKnown = typeof frameCount === 'number' && typeof fps === 'number' && fps > 0;
  return isKnown ? frameCount / fps : null;
}

/** A person analysis of a video. */
export interface Analysis extends JobBase {
  readonly kind: 'ANALYSIS';
  /** The caller's string, byte for byte. */
  readonly videoUrl: string;
  /** By objId. Empty until COMPLETED, and then when nobody was found. */
  readonly persons: readonly Person[];
  readonly video: VideoInfo | null;
}

/** Which face a person gets. */
export interface HeadMapping {
  readonly objId: number;
  /** The caller's string, byte for byte. */
  readonly faceUrl: string;
}

/** The output resolutions that AKOOL lists. */
export type Resolution = 'P480' | 'P720';

/** What the caller asked for: AKOOL does not echo it, so only a task made here has it. */
export interface TaskRequest {
  readonly analysisId: string;
  /** By objId. */
  readonly mappings: readonly HeadMapping[];
  readonly keepOriginalSound: boolean;
  readonly templateId: string | null;
}

/** A head swap task. */
export interface HeadSwapTask extends JobBase {
  readonly kind: 'HEAD_SWAP_TASK';
  readonly sourceVideoUrl: string;
  /** Present exactly when COMPLETED. */
  readonly outputUrl: string | null;
  readonly durationSeconds: number | null;
  readonly resolution: Resolution | null;
  readonly modelName: string | null;
  readonly fileName: string | null;
  /** AKOOL's figure; its unit is not documented. */
  readonly deductionLockDuration: number | null;
  /** AKOOL's figure; its unit is not documented. */
  readonly deductionDuration: number | null;
  /** Null for a foreign task. */
  readonly request: TaskRequest | null;
}

/** Any job. */
export type Job = Analysis | HeadSwapTask;

/**
 * The job, which was asked for as an analysis. Throws TypeError for anything else, which is a
 * mistake of ours.
 */
export function asAnalysis(job: Job): Analysis {
  if (job.kind === 'ANALYSIS') return job;
  throw new TypeError('Expected an analysis, got a head swap task.');
}

/**
 * The job, which was asked for as a head swap task. Throws TypeError for anything else, which is a
 * mistake of ours.
 */
export function asHeadSwapTask(job: Job): HeadSwapTask {
  if (job.kind === 'HEAD_SWAP_TASK') return job;
  throw new TypeError('Expected a head swap task, got an analysis.');
}
