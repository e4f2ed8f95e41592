/** A task as every peer answers it: the gateway's own field names and values. */
export interface Task {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly outputUrl: string | null;
  readonly resolution: string | null;
  readonly durationSeconds: number | null;
  readonly fileName: string | null;
}

interface Answer {
  readonly code: number;
  readonly msg: string;
  readonly data?: {
    readonly _id: string;
    readonly status: number;
    readonly progress: number;
    readonly video_url: string | null;
    readonly resolution: string;
    readonly video_duration: number;
    readonly file_name: string;
  };
}

const STATUSES = ['QUEUED', 'QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED'];

/** What AKOOL's answer says; throws what it says instead of a task. */
export function toTask(answer: unknown): Task {
  const { code, msg, data } = answer as Answer;
  if (code !== 1000 || data === undefined) throw new Error(msg);
  return {
    id: data._id,
    status: STATUSES[data.status] ?? 'FAILED',
    progress: data.progress,
    outputUrl: data.video_url,
    resolution: data.resolution === '720p' ? 'P720' : 'P480',
    durationSeconds: data.video_duration,
    fileName: data.file_name,
  };
}
