import { z } from 'zod';
import {
  LONGEST_URL,
  type JobFailure,
  type JobStatus,
  type Person,
  type Resolution,
  type VideoInfo,
} from '../../domain/job.ts';
import type { AnalysisObservation, TaskObservation } from '../../domain/observation.ts';
import type { TextCleaner } from '../redact.ts';
import type { TaskOrder } from '../upstream.ts';
import { parseUrl } from '../../runtime/urls.ts';
import { instant, numeric, numericInt } from './numeric.ts';

/**
 * The only place where AKOOL's shapes and ours meet: first its shapes, as `data` carries them, then
 * what they mean. A job without a usable `_id` is refused; any other field
 * that is missing or of another type reads as null, so that one odd field costs that field alone.
 * Other keys are passed over.
 */

/** A default answers for a missing field at once; a catch alone would make an error of it first. */
function orNull<Shape extends z.ZodType>(
  shape: Shape,
): z.ZodCatch<z.ZodDefault<z.ZodNullable<Shape>>> {
  return shape.nullable().default(null).catch(null);
}

/** AKOOL's ids have 24 hex characters; the bounds only keep out what no path or table can hold. */
const idShape = z
  .string()
  .min(1)
  .max(255)
  .refine((id) => !/[\0\p{Cs}]/u.test(id));

/** A name that may come as a number, as long as JSON did not round it. */
const identity = z.union([z.string(), z.int().transform(String)]);

const size = numericInt.pipe(z.int().min(1));
const count = numericInt.pipe(z.int().min(0));

const jobFields = {
  _id: idShape,
  create_time: orNull(instant),
  status: orNull(numeric),
  progress: orNull(numeric),
  task_id: orNull(identity),
  error_reason: orNull(z.string()),
  error_msg: orNull(z.string()),
  error_message: orNull(z.string()),
  fail_reason: orNull(z.string()),
  alg_msg: orNull(z.string()),
  error_code: orNull(z.union([numericInt, z.string()])),
};

/** `data` of analyze and analyze/detail. */
const analysisShape = z.object({
  ...jobFields,
  video_url: orNull(z.string()),
  analysis_result: orNull(
    z.object({
      /** Read one by one with `personShape`. */
      media: orNull(z.array(z.unknown())),
      video_info: orNull(
        z.object({
          width: orNull(size),
          height: orNull(size),
          fps: orNull(numeric.pipe(z.number().positive())),
          frame_count: orNull(count),
        }),
      ),
    }),
  ),
});

/** One entry of `analysis_result.media`. */
const personShape = z.object({ obj_id: count, img_url: orNull(z.string()) });

/** `data` of task/create and task/detail; `video_url` is the output's. */
const taskShape = z.object({
  ...jobFields,
  source_video_url: orNull(z.string()),
  video_url: orNull(z.string()),
  video_duration: orNull(numeric.pipe(z.number().min(0))),
  resolution: orNull(z.string()),
  model_name: orNull(z.string()),
  file_name: orNull(z.string()),
  deduction_lock_duration: orNull(numeric),
  deduction_duration: orNull(numeric),
});

/** `data` of quota/info. */
const quotaShape = z.object({ credit: orNull(numeric) });

/** `token` of getToken: it becomes a header, so it must be fit for one. */
const tokenShape = z
  .string()
  .max(8_192)
  .regex(/^[\x21-\x7E]+$/);

/** What both job shapes have in common. */
type JobWire = z.infer<typeof analysisShape> | z.infer<typeof taskShape>;

const STATUSES: ReadonlyMap<number | null, JobStatus> = new Map([
  [1, 'QUEUED'],
  [2, 'PROCESSING'],
  [3, 'COMPLETED'],
  [4, 'FAILED'],
]);
const WIRE_RESOLUTIONS: Readonly<Record<Resolution, string>> = { P480: '480p', P720: '720p' };
/** What AKOOL writes into the fields of a failure when there was none. */
const SUCCESS_WORDS = /^\W*(?:ok|succeed|succeeded|success|successful|successfully)\W*$/i;

/** `data` of an analysis; null when it is not one. */
export function toAnalysis(data: unknown, text: TextCleaner): AnalysisObservation | null {
  const parsed = analysisShape.safeParse(data);
  if (!parsed.success) return null;
  const wire = parsed.data;
  return {
    kind: 'ANALYSIS',
    ...toJob(wire, text),
    videoUrl: toUrl(wire.video_url, text),
    urlProblem: problemOf(wire.video_url, text),
    persons: toPersons(wire.analysis_result?.media ?? null, text),
    video: toVideoInfo(wire.analysis_result?.video_info ?? null),
  };
}

/** `data` of a head swap task; null when it is not one. */
export function toTask(data: unknown, text: TextCleaner): TaskObservation | null {
  const parsed = taskShape.safeParse(data);
  if (!parsed.success) return null;
  const wire = parsed.data;
  return {
    kind: 'HEAD_SWAP_TASK',
    ...toJob(wire, text),
    sourceVideoUrl: toUrl(wire.source_video_url, text),
    urlProblem: problemOf(wire.source_video_url, text),
    outputUrl: toUrl(wire.video_url?.trim() ?? null, text),
    durationSeconds: wire.video_duration,
    resolution: toResolution(wire.resolution),
    modelName: toText(wire.model_name, text),
    fileName: toText(wire.file_name, text),
    deductionLockDuration: wire.deduction_lock_duration,
    deductionDuration: wire.deduction_duration,
  };
}

/** `data` of quota/info, whose credit may be untold; null when it is not one. */
export function toQuota(data: unknown): { readonly credit: number | null } | null {
  return quotaShape.safeParse(data).data ?? null;
}

/** `token` of getToken; null when it is not one. */
export function toToken(token: unknown): string | null {
  return tokenShape.safeParse(token).data ?? null;
}

/** Whether AKOOL may have a job of this id. */
export function isJobId(id: unknown): id is string {
  return idShape.safeParse(id).success;
}

/** The body of an analyze request. */
export function fromVideoUrl(videoUrl: string): object {
  return { video_url: videoUrl, type: 'head' };
}

/** The body of a task/create request. AKOOL finds the analysis by the video's URL. */
export function fromTaskOrder(order: TaskOrder): object {
  return {
    video_url: order.videoUrl,
    mappings: order.mappings.map(({ objId, faceUrl }) => ({ obj_id: objId, img_url: faceUrl })),
    model_name: order.modelName,
    resolution: WIRE_RESOLUTIONS[order.resolution],
    keep_original_sound: order.keepOriginalSound,
    ...(order.templateId === null ? {} : { template_id: order.templateId }),
    ...(order.webhookUrl === null ? {} : { webhookUrl: order.webhookUrl }),
  };
}

function toJob(wire: JobWire, text: TextCleaner) {
  return {
    id: wire._id,
    status: STATUSES.get(wire.status) ?? null,
    progress: wire.progress === null ? null : Math.min(100, Math.max(0, wire.progress)),
    failure: toFailure(wire, text),
    createdAt: wire.create_time,
    supportId: toText(wire.task_id, text),
  };
}

/**
 * Successes carry "success" and 0 in these fields. A code that is no number is told where there are
 * no other words.
 */
function toFailure(wire: JobWire, text: TextCleaner): Partial<JobFailure> {
  const { error_reason, error_msg, error_message, fail_reason, alg_msg, error_code } = wire;
  const code = typeof error_code === 'number' && error_code !== 0 ? error_code : null;
  const spoken = [error_reason, error_msg, error_message, fail_reason, alg_msg];
  const codeInWords = typeof error_code === 'string' ? error_code : null;
  const reason = [...spoken, codeInWords]
    .map((words) => toText(words, text))
    .find((words) => words !== null && !SUCCESS_WORDS.test(words));
  return {
    ...(reason === undefined || reason === null ? {} : { reason }),
    ...(code === null ? {} : { code }),
  };
}

/**
 * Null: no list (yet). So is one with an entry that cannot be read: who is missing from a COMPLETED
 * analysis would be missing for ever.
 */
function toPersons(media: readonly unknown[] | null, text: TextCleaner): readonly Person[] | null {
  if (media === null) return null;
  const persons = new Map<number, Person>();
  for (const entry of media) {
    const { success, data } = personShape.safeParse(entry);
    if (!success) return null;
    if (!persons.has(data.obj_id)) {
      const previewUrl = toUrl(data.img_url?.trim() ?? null, text);
      persons.set(data.obj_id, { objId: data.obj_id, previewUrl });
    }
  }
  return [...persons.values()].sort((a, b) => a.objId - b.objId);
}

type VideoInfoWire = NonNullable<
  NonNullable<ReturnType<(typeof analysisShape)['parse']>['analysis_result']>['video_info']
>;

function toVideoInfo(wire: VideoInfoWire | null): VideoInfo | null {
  if (wire === null) return null;
  const { width, height, fps, frame_count: frameCount } = wire;
  const saysNothing = [width, height, fps, frameCount].every((figure) => figure === null);
  return saysNothing ? null : { width, height, fps, frameCount };
}

function toResolution(wire: string | null): Resolution | null {
  const spelled = wire?.trim().toLowerCase();
  if (spelled === WIRE_RESOLUTIONS.P480) return 'P480';
  return spelled === WIRE_RESOLUTIONS.P720 ? 'P720' : null;
}

function toText(wire: string | null, text: TextCleaner): string | null {
  return wire === null ? null : text.clean(wire) || null;
}

/**
 * The very string, if it is an absolute http(s) URL. What only has blanks around it is trimmed
 * before, but never a source's: AKOOL finds the analysis of a create by that string.
 */
function toUrl(wire: string | null, text: TextCleaner): string | null {
  if (wire === null || wire.length > LONGEST_URL) return null;
  const isHttpUrl = /^https?:\/\/[^\p{Cc}\p{Cs}]+$/iu.test(wire) && parseUrl(wire) !== null;
  return isHttpUrl && !text.carriesSecret(wire) ? wire : null;
}

function problemOf(wire: string | null, text: TextCleaner): string | null {
  if (wire === null || toUrl(wire, text) !== null) return null;
  return wire.length > LONGEST_URL
    ? `has ${wire.length} characters, and at most ${LONGEST_URL} are taken`
    : 'is not an absolute http or https URL that can be taken over';
}
