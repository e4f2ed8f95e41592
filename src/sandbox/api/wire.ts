import type { Team } from '../accounts.ts';
import type { AnalysisRecord, TaskRecord } from '../records.ts';
import type { ShownMoment } from '../timeline.ts';

/**
 * The one video the sandbox knows: the same numbers for every URL, those of its own sample and
 * output file.
 */
export const VIDEO = { width: 480, height: 270, fps: 30, frame_count: 120 } as const;

const DURATION_SECONDS = VIDEO.frame_count / VIDEO.fps;

function owner(team: Team): object {
  return { uid: team.uid, team_id: team.id };
}

/** What AKOOL adds once a job has ended: success carries a reason and a code as well. */
function verdict(status: number, reason: string, code: number): object {
  if (status === 3) return { error_reason: 'success', error_code: 0 };
  return status === 4 ? { error_reason: reason, error_code: code } : {};
}

/**
 * `data` of an analysis. `people` is how many it finds; one head more is detected than can be
 * swapped.
 */
export function analysisData(
  analysis: AnalysisRecord,
  team: Team,
  moment: ShownMoment,
  people: number,
  baseUrl: string,
): object {
  const media = Array.from({ length: people }, (_, objId) => ({
    media_type: 'images',
    obj_id: objId,
    img_url: `${baseUrl}/previews/${analysis.id}/${objId}.png`,
  }));
  return {
    _id: analysis.id,
    create_time: analysis.createdAt,
    ...owner(team),
    video_url: analysis.videoUrl,
    type: 'head',
    status: moment.status,
    task_id: analysis.supportId,
    analysis_result: moment.hasResult
      ? { detected_objects: people + 1, media, video_info: VIDEO }
      : null,
    progress: moment.progress,
    ...verdict(moment.status, 'The video could not be analyzed', 1015),
  };
}

/** `data` of the answer to a create; `video_url` is the output from here on. */
export function createdTaskData(task: TaskRecord, team: Team): object {
  return {
    _id: task.id,
    create_time: task.createdAt,
    ...owner(team),
    video_duration: DURATION_SECONDS,
    task_id: task.supportId,
    resolution: task.resolution,
    status: 1,
    deduction_lock_duration: 100,
    model_name: task.modelName,
    file_name: `Headswap_${task.createdAt}.mp4`,
    video_url: null,
  };
}

/**
 * `data` of a task that is read. The mappings, the sound, the template and the webhookUrl are not
 * told again.
 */
export function taskData(
  task: TaskRecord,
  team: Team,
  moment: ShownMoment,
  outputUrl: string,
): object {
  const emptyOutput = moment.status === 1 ? null : '';
  return {
    _id: task.id,
    ...owner(team),
    source_video_url: task.videoUrl,
    create_time: task.createdAt,
    status: moment.status,
    video_duration: DURATION_SECONDS,
    resolution: task.resolution,
    deduction_duration: moment.status === 3 ? 15 : 0,
    video_url: moment.hasResult ? outputUrl : emptyOutput,
    progress: moment.progress,
    priority: 9,
    task_id: task.supportId,
    ...verdict(moment.status, 'No usable face in the reference image', 1016),
    file_name: `Headswap_${task.createdAt}.mp4`,
    model_name: task.modelName,
  };
}
