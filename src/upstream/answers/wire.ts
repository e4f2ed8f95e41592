import { z } from 'zod';

/**
 * AKOOL's shapes, as `data` carries them (upstream contract, section 1). A job without a usable `_id` is refused; any other field that is
 * missing or of another type reads as null, so that one odd field costs that field alone. Other keys are passed over.
 */

/** GraphQL's Int, which obj_id, sizes and codes become, has 32 bits. */
const int = z.int32();
/** Instants that a Date can hold, in milliseconds since the epoch. */
const instant = z.int().min(0).max(8.64e15);

function orNull<Shape extends z.ZodType>(shape: Shape): z.ZodCatch<z.ZodNullable<Shape>> {
  return shape.nullable().catch(null);
}

/** AKOOL's ids have 24 hex characters; the bounds only keep out what no path or table can hold. */
export const idShape = z
  .string()
  .min(1)
  .max(255)
  .refine((id) => !/[\0\p{Cs}]/u.test(id));

const jobFields = {
  _id: idShape,
  create_time: orNull(instant),
  status: orNull(z.number()),
  progress: orNull(z.number()),
  task_id: orNull(z.string()),
  error_reason: orNull(z.string()),
  error_code: orNull(int),
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
          width: orNull(int.min(1)),
          height: orNull(int.min(1)),
          fps: orNull(z.number().positive()),
          frame_count: orNull(int.min(0)),
        }),
      ),
    }),
  ),
});

/** One entry of `analysis_result.media`. */
export const personShape = z.object({ obj_id: int.min(0), img_url: orNull(z.string()) });

/** `data` of task/create and task/detail; `video_url` is the output's. */
export const taskShape = z.object({
  ...jobFields,
  source_video_url: orNull(z.string()),
  video_url: orNull(z.string()),
  video_duration: orNull(z.number().min(0)),
  resolution: orNull(z.string()),
  model_name: orNull(z.string()),
  file_name: orNull(z.string()),
  deduction_lock_duration: orNull(z.number()),
  deduction_duration: orNull(z.number()),
});

/** `data` of quota/info. */
export const quotaShape = z.object({ credit: orNull(z.number()) });

/** `token` of getToken: it becomes a header, so it must be fit for one. */
export const tokenShape = z
  .string()
  .max(8_192)
  .regex(/^[\x21-\x7E]+$/);

/** What both job shapes have in common. */
export type JobWire = z.infer<typeof analysisShape> | z.infer<typeof taskShape>;
