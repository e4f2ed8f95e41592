import { z } from 'zod';
import { instant, numeric, numericInt } from './numeric.ts';

/**
 * AKOOL's shapes, as `data` carries them. A job without a usable `_id` is refused; any other field
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
export const idShape = z
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
export const analysisShape = z.object({
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
export const personShape = z.object({ obj_id: count, img_url: orNull(z.string()) });

/** `data` of task/create and task/detail; `video_url` is the output's. */
export const taskShape = z.object({
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
export const quotaShape = z.object({ credit: orNull(numeric) });

/** `token` of getToken: it becomes a header, so it must be fit for one. */
export const tokenShape = z
  .string()
  .max(8_192)
  .regex(/^[\x21-\x7E]+$/);

/** What both job shapes have in common. */
export type JobWire = z.infer<typeof analysisShape> | z.infer<typeof taskShape>;
