import type { Team } from '../accounts.ts';
import type { Behaviour } from '../behaviour.ts';
import { outputUrl, previewUrl } from '../file-urls.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import type { ShownMoment } from '../timeline.ts';

const FRAMES_PER_SECOND = 30;

/** What a job's data is made from. */
export interface JobShown<Job> {
  readonly job: Job;
  readonly team: Team;
  readonly behaviour: Behaviour;
  readonly moment: ShownMoment;
  /** How others reach the sandbox; no final slash. */
  readonly baseUrl: string;
}

function owner(team: Team): object {
  return { uid: team.uid, team_id: team.id };
}

function createTime(createdAt: number, { isoTime }: Behaviour): number | string {
  return isoTime ? new Date(createdAt).toISOString() : createdAt;
}

/** What AKOOL adds once a job has ended: success carries a reason and a code as well. */
function verdict(status: number, behaviour: Behaviour, reason: string, code: number): object {
  if (status === 3) return { error_reason: 'success', error_code: 0 };
  if (status !== 4) return {};
  return behaviour.failureFields ?? { error_reason: reason, error_code: code };
}

/** The size is that of the sandbox's own files, whatever the video. */
function videoInfo({ videoSeconds }: Behaviour): object {
  if (videoSeconds === null) return {};
  const frames = videoSeconds * FRAMES_PER_SECOND;
  return { video_info: { width: 480, height: 270, fps: FRAMES_PER_SECOND, frame_count: frames } };
}

function analysisResult({ job, behaviour, baseUrl }: JobShown<AnalysisRecord>): object {
  const found = Array.from({ length: behaviour.people }, (_, objId) => ({
    media_type: 'images',
    obj_id: behaviour.objIdsAsStrings ? String(objId) : objId,
    img_url: previewUrl(baseUrl, job, objId),
  }));
  const garbled = { media_type: 'images', obj_id: null, img_url: null };
  return {
    // One head more is detected than can be swapped.
    detected_objects: behaviour.people + 1,
    media: behaviour.garbledPerson ? [...found, garbled] : found,
    ...videoInfo(behaviour),
  };
}

/** `data` of an analysis. */
export function analysisData(shown: JobShown<AnalysisRecord>): object {
  const { job, team, behaviour, moment } = shown;
  return {
    _id: job.id,
    create_time: createTime(job.createdAt, behaviour),
    ...owner(team),
    video_url: job.videoUrl,
    type: 'head',
    status: moment.status,
    task_id: job.supportId,
    analysis_result: moment.hasResult ? analysisResult(shown) : null,
    progress: moment.progress,
    ...verdict(moment.status, behaviour, 'The video could not be analyzed', 1015),
  };
}

/** `data` of the answer to a create; `video_url` is the output from here on. */
export function createdTaskData(shown: JobShown<TaskRecord>): object {
  const { job, team, behaviour, baseUrl } = shown;
  return {
    _id: job.id,
    create_time: createTime(job.createdAt, behaviour),
    ...owner(team),
    video_duration: behaviour.videoSeconds ?? 4,
    task_id: job.supportId,
    resolution: job.resolution,
    status: 1,
    deduction_lock_duration: 100,
    model_name: job.modelName,
    file_name: `Headswap_${job.createdAt}.mp4`,
    video_url: behaviour.urlEarly ? outputUrl(baseUrl, job) : null,
  };
}

/** `data` of a task that is read. Mappings, sound, template and webhookUrl are not told again. */
export function taskData(shown: JobShown<TaskRecord>): object {
  const { job, team, behaviour, moment, baseUrl } = shown;
  const emptyOutput = moment.status === 1 ? null : '';
  const hasUrl = moment.hasResult || behaviour.urlEarly;
  return {
    _id: job.id,
    ...owner(team),
    source_video_url: job.videoUrl,
    create_time: createTime(job.createdAt, behaviour),
    status: moment.status,
    video_duration: behaviour.videoSeconds ?? 4,
    resolution: job.resolution,
    deduction_duration: moment.status === 3 ? 15 : 0,
    video_url: hasUrl ? outputUrl(baseUrl, job) : emptyOutput,
    progress: moment.progress,
    priority: 9,
    task_id: job.supportId,
    ...verdict(moment.status, behaviour, 'No usable face in the reference image', 1016),
    file_name: `Headswap_${job.createdAt}.mp4`,
    model_name: job.modelName,
  };
}
