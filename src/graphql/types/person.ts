import { GatewayError } from '../../domain/errors.ts';
import { builder } from '../builder.ts';
import { loadAnalysis } from '../loading/load-analysis.ts';
import { AnalysisRef, PersonRef } from '../refs.ts';

builder.objectType(PersonRef, {
  description:
    'Somebody found in a video. Show previewUrl so that a user can choose, then map the objId to a face in createHeadSwapTask.',
  fields: (t) => ({
    id: t.id({
      description: '`<analysis id>:<objId>`. For caches and list keys; no field takes it.',
      resolve: (person) => `${person.analysisKey.id}:${person.objId}`,
    }),
    objId: t.exposeInt('objId', {
      description: 'What HeadMappingInput.objId takes. Starts at 0; unique within its analysis.',
    }),
    previewUrl: t.field({
      type: 'HttpUrl',
      nullable: true,
      description:
        "A picture of the person found. Expires at AKOOL's side. Null: AKOOL gave none, or, below a task, the analysis is not known here.",
      resolve: async ({ analysis, analysisKey, objId }, _args, { loaders }) => {
        const home = analysis ?? (await loadAnalysis(loaders, analysisKey, 'KNOWN'));
        return home?.persons.find((person) => person.objId === objId)?.previewUrl ?? null;
      },
    }),
    analysis: t.field({
      type: AnalysisRef,
      description: 'The analysis that found this person.',
      resolve: async ({ analysis, analysisKey }, _args, { loaders }) => {
        const home = analysis ?? (await loadAnalysis(loaders, analysisKey, 'KNOWN_OR_FOUND'));
        if (home !== null) return home;
        throw new GatewayError('NOT_FOUND', "AKOOL no longer knows this person's analysis.");
      },
    }),
  }),
});
