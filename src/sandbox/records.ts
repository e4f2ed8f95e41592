import { z } from 'zod';

const JOB = {
  /** 24 hex digits; what the job is read by. */
  id: z.string(),
  team: z.string(),
  /** 24 hex digits; shown as `task_id`. */
  supportId: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  /** Slowness included, so that a restart with other timing moves no job that is on its way. */
  durationMs: z.number().positive(),
  videoUrl: z.string(),
};

const analysisRecord = z.object({ record: z.literal('analysis'), ...JOB });

const taskRecord = z.object({
  record: z.literal('task'),
  ...JOB,
  faceUrls: z.array(z.string()),
  resolution: z.string(),
  modelName: z.string(),
  webhookUrl: z.string().nullable(),
  /** Credits it cost. */
  cost: z.number(),
});

const callbackRecord = z.object({
  record: z.literal('callback'),
  task: z.string(),
  /** Its place in the task's plan. */
  place: z.number().int(),
  /** How often it was sent so far. */
  attempts: z.number().int(),
  /** `owed`: to be sent again. */
  state: z.enum(['owed', 'delivered', 'given up']),
});

/** One line of a state file. */
export const sandboxRecord = z.discriminatedUnion('record', [
  z.object({ record: z.literal('port'), port: z.number().int() }),
  z.object({
    record: z.literal('credits'),
    team: z.string(),
    /** The team's balance from here on. */
    credits: z.number(),
    /** Milliseconds since the epoch; missing: it was set, not refilled. */
    refilledAt: z.number().optional(),
  }),
  analysisRecord,
  taskRecord,
  callbackRecord,
]);

export type SandboxRecord = z.infer<typeof sandboxRecord>;
/** An accepted analysis. Its status is not stored: see the timeline. */
export type AnalysisRecord = Readonly<z.infer<typeof analysisRecord>>;
/** An accepted task. Its status is not stored: see the timeline. */
export type TaskRecord = Readonly<z.infer<typeof taskRecord>>;
/** How far one callback of a task has come. */
export type CallbackRecord = Readonly<z.infer<typeof callbackRecord>>;
