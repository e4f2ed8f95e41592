import { z } from 'zod';
import { parseUrl } from '../cards/behaviour-of.ts';

const httpUrl = z.string().refine((text) => {
  return ['http:', 'https:'].includes(parseUrl(text)?.protocol ?? '');
}, 'must be an http or https URL');

/** What analyze takes. Further fields are ignored, here and below. */
export const analyzeBody = z.object({ video_url: httpUrl, type: z.literal('head') });

/** What create takes: 1 to 5 persons, none of them twice. */
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

/** What getToken takes. */
export const tokenBody = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });

/** What both details take, as a query. */
export const detailQuery = z.object({ _id: z.string().min(1) });

/** What is wrong with a request, in one line. */
export function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'invalid'}`;
}
