import { z } from 'zod';
import {
  AkoolRejectedError,
  AkoolUnavailableError,
  BillingError,
  IdempotencyConflictError,
  InvalidInputError,
  OutcomeUnknownError,
} from '../../domain/errors.ts';
import { builder } from '../builder.ts';
import { httpUrl, idempotencyKey } from '../input/input-text.ts';
import { AnalysisRef } from '../refs.ts';

const SubmitAnalysisInput = builder
  .inputType('SubmitAnalysisInput', {
    description: 'What to analyse.',
    fields: (t) => ({
      videoUrl: t.field({
        type: 'HttpUrl',
        required: true,
        description:
          'The video, where AKOOL can download it: about 3 to 20 seconds, with people in it. A later task works on this very URL, so it must stay reachable.',
      }),
      idempotencyKey: t.id({
        description:
          'Makes asking again safe: 1 to 255 characters, a UUID for example, compared as it is; with the same input it brings the same analysis. Null: always a new analysis.',
      }),
    }),
  })
  .validate(
    z.object({
      videoUrl: httpUrl('https://example.com/video.mp4'),
      idempotencyKey: idempotencyKey.nullish().transform((key) => key ?? null),
    }),
  );

const SubmitAnalysisResult = builder.errorUnion('SubmitAnalysisResult', {
  description:
    'The analysis, or why there is none. Branch on __typename; select `... on Error { message }` for what may be added.',
  types: [
    AnalysisRef,
    InvalidInputError,
    BillingError,
    AkoolRejectedError,
    IdempotencyConflictError,
    OutcomeUnknownError,
    AkoolUnavailableError,
  ],
  resolveType: () => 'Analysis',
});

builder.mutationField('submitAnalysis', (t) =>
  t.field({
    type: SubmitAnalysisResult,
    nullable: true,
    description:
      'Step 1: asks AKOOL to find the persons in a video. Answers as soon as AKOOL has taken it; then watch it with analysisStatusChanged until COMPLETED. Null only together with a top-level error.',
    args: {
      input: t.arg({
        type: SubmitAnalysisInput,
        required: true,
        description: 'The video, and a key if asking again should be safe.',
      }),
    },
    resolve: (_root, { input }, { caller, jobs }) => jobs.submitAnalysis(caller.team, input),
  }),
);
