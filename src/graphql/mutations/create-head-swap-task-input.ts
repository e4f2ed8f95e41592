import { z } from 'zod';
import type { HeadMapping } from '../../domain/job.ts';
import { builder } from '../builder.ts';
import { ResolutionRef } from '../enums.ts';
import { httpUrl, idempotencyKey, plainText } from '../input/input-text.ts';
import {
  MAX_ID_LENGTH,
  MAX_MAPPINGS,
  MAX_MODEL_NAME_LENGTH,
  MAX_TEMPLATE_ID_LENGTH,
} from '../limits.ts';

const HeadMappingInput = builder.inputType('HeadMappingInput', {
  description: 'Which face a person of the video is to get.',
  fields: (t) => ({
    objId: t.int({
      required: true,
      description: 'Person.objId of a person of the analysis; 0 or more. Each person once.',
    }),
    faceUrl: t.field({
      type: 'HttpUrl',
      required: true,
      description:
        "One clear, front-facing picture of the face to put in; not the person's previewUrl. Where AKOOL can download it.",
    }),
  }),
});

const mapping = z.object({
  objId: z.int().min(0, { error: 'must be 0 or more: take it from Person.objId' }),
  faceUrl: httpUrl('https://example.com/face.png'),
});

const mappings = z.array(mapping).superRefine((list, context) => {
  if (list.length === 0 || list.length > MAX_MAPPINGS)
    context.addIssue({
      code: 'custom',
      message: `must have 1 to ${MAX_MAPPINGS} entries, and has ${list.length}`,
    });
  for (const index of repeats(list))
    context.addIssue({
      code: 'custom',
      path: [index, 'objId'],
      message: 'names a person who already has a face: map each person once',
    });
});

/** What createHeadSwapTask takes; resolvers get it checked, with what was left out as null. */
export const CreateHeadSwapTaskInput = builder
  .inputType('CreateHeadSwapTaskInput', {
    description: 'What to buy. What is left out counts as if its default had been given.',
    fields: (t) => ({
      idempotencyKey: t.id({
        required: true,
        description:
          '1 to 255 characters, a UUID for example; the same key never buys twice. Keys are compared as they are: case, inner blanks and Unicode forms matter. Make one per purchase, before sending, and keep it until the result is here: asking again with it is always safe.',
      }),
      analysisId: t.id({
        required: true,
        description:
          'Analysis.id of a COMPLETED analysis. Its own video URL is what AKOOL gets. An analysis made elsewhere with the same AKOOL account will do.',
      }),
      mappings: t.field({
        type: [HeadMappingInput],
        required: true,
        description: '1 to 5, distinct persons of that analysis; their order does not matter.',
      }),
      resolution: t.field({
        type: ResolutionRef,
        required: true,
        defaultValue: 'P720',
        description: 'Of the output video.',
      }),
      modelName: t.string({
        required: true,
        defaultValue: 'akool-premium',
        description:
          "AKOOL's name of the model, 1 to 100 characters. The default is the only one that AKOOL lists.",
      }),
      keepOriginalSound: t.boolean({
        required: true,
        defaultValue: true,
        description: "Whether the output keeps the source's sound.",
      }),
      templateId: t.string({
        description:
          'An AKOOL template, 1 to 255 characters, if templates are enabled for the account. Null: none.',
      }),
    }),
  })
  .validate(
    z.object({
      idempotencyKey,
      analysisId: plainText(MAX_ID_LENGTH),
      mappings,
      resolution: z.enum(['P480', 'P720']),
      modelName: plainText(MAX_MODEL_NAME_LENGTH),
      keepOriginalSound: z.boolean(),
      templateId: plainText(MAX_TEMPLATE_ID_LENGTH)
        .nullish()
        .transform((id) => id ?? null),
    }),
  );

/** Where an objId stands that stood before. */
function repeats(list: readonly HeadMapping[]): number[] {
  const first = new Set<number>();
  return list.flatMap(({ objId }, index) => {
    const repeated = first.has(objId);
    first.add(objId);
    return repeated ? [index] : [];
  });
}
