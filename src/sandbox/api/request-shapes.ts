import { z } from 'zod';

const httpUrl = z.string().refine((text) => {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}, 'must be an http or https URL');

/** The body of analyze. */
export const analyzeBody = z.object({ video_url: httpUrl, type: z.literal('head') });

/** The body of create. */
export const createBody = z.object({
  video_url: httpUrl,
  mappings: z
    .array(z.object({ obj_id: z.number().int().nonnegative(), img_url: httpUrl }))
    .min(1)
    .max(5)
    .refine((list) => new Set(list.map((each) => each.obj_id)).size === list.length, {
      message: 'obj_id must not repeat',
    }),
  model_name: z.literal('akool-premium'),
  resolution: z.enum(['480p', '720p']),
  template_id: z.string().optional(),
  keep_original_sound: z.boolean().optional(),
  webhookUrl: httpUrl.optional(),
});

/** The body of getToken. */
export const tokenBody = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });

/** The query of both details. */
export const detailQuery = z.object({ _id: z.string().min(1) });

/** What is wrong with a request, in one line. */
export function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`;
}
