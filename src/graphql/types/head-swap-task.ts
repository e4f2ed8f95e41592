import type { HeadSwapTask, JobKey } from '../../domain/job.ts';
import { builder } from '../builder.ts';
import { ResolutionRef } from '../enums.ts';
import { HeadSwapTaskConnection } from './connections.ts';
import { loadAnalysis } from '../loading/load-analysis.ts';
import { asHeadSwapTask } from '../../domain/job.ts';
import { narrowed } from '../loading/loaders.ts';
import { pageCost } from '../operation-cost.ts';
import { pageArguments, statusArgument, readPage } from '../paging/page.ts';
import { AnalysisRef, HeadMappingRef, HeadSwapTaskRef, JobRef, PersonRef } from '../refs.ts';

builder.objectType(HeadMappingRef, {
  description: 'Which face a person of the video gets.',
  fields: (t) => ({
    person: t.field({
      type: PersonRef,
      description: 'The person whose head is swapped.',
      resolve: ({ analysisKey, objId }) => ({ analysisKey, objId, analysis: null }),
    }),
    faceUrl: t.expose('faceUrl', {
      type: 'HttpUrl',
      description: 'The picture of the face that is put in, as it was given, byte for byte.',
    }),
  }),
});

builder.objectType(HeadSwapTaskRef, {
  description:
    'The second step: a video in which persons of an analysis get other faces. Made, and paid for, by createHeadSwapTask; once COMPLETED, outputUrl is the video.',
  interfaces: [JobRef],
  fields: (t) => ({
    sourceVideoUrl: t.expose('sourceVideoUrl', {
      type: 'HttpUrl',
      description: 'The video that was worked on, byte for byte as it was submitted for analysis.',
    }),
    outputUrl: t.expose('outputUrl', {
      type: 'HttpUrl',
      nullable: true,
      description:
        "The finished video. Present exactly when COMPLETED. Expires at AKOOL's side (7 days on its sister products): download it promptly.",
    }),
    durationSeconds: t.exposeFloat('durationSeconds', {
      nullable: true,
      description: "The video's length in seconds. Null: AKOOL did not say.",
    }),
    resolution: t.expose('resolution', {
      type: ResolutionRef,
      nullable: true,
      description: 'Of the output. Null: AKOOL did not say, or named one that is not listed here.',
    }),
    modelName: t.exposeString('modelName', {
      nullable: true,
      description: "AKOOL's name of the model that does the work. Null: AKOOL did not say.",
    }),
    fileName: t.exposeString('fileName', {
      nullable: true,
      description:
        'What AKOOL calls the output, as in Headswap_1778806213962.mp4. Null: AKOOL did not say.',
    }),
    deductionLockDuration: t.exposeFloat('deductionLockDuration', {
      nullable: true,
      description:
        "What AKOOL set aside when the task was made. AKOOL's figures under AKOOL's names; their unit is not documented: show them, do not reckon with them. Null: AKOOL did not say.",
    }),
    deductionDuration: t.exposeFloat('deductionDuration', {
      nullable: true,
      description:
        "What AKOOL took in the end. AKOOL's figures under AKOOL's names; their unit is not documented: show them, do not reckon with them. Null: AKOOL did not say (yet).",
    }),
    analysis: t.field({
      type: AnalysisRef,
      nullable: true,
      description:
        'The analysis that this task was built on. Null for a task made outside this gateway, or when AKOOL no longer knows the analysis.',
      resolve: (task, _args, { loaders }) => {
        const key = analysisKeyOf(task);
        return key && loadAnalysis(loaders, key, 'KNOWN_OR_FOUND');
      },
    }),
    mappings: t.field({
      type: [HeadMappingRef],
      nullable: true,
      description:
        'Who gets which face, by objId. Null for a task made outside this gateway: AKOOL does not tell.',
      resolve: (task) => {
        const analysisKey = analysisKeyOf(task);
        return analysisKey && task.request?.mappings.map((each) => ({ ...each, analysisKey }));
      },
    }),
    keepOriginalSound: t.boolean({
      nullable: true,
      description:
        "Whether the output keeps the source's sound. Null for a task made outside this gateway.",
      resolve: (task) => task.request?.keepOriginalSound,
    }),
    templateId: t.string({
      nullable: true,
      description:
        'The AKOOL template given at the create. Null when none was given, and for a task made outside this gateway.',
      resolve: (task) => task.request?.templateId,
    }),
  }),
});

builder.queryFields((t) => ({
  headSwapTask: t.field({
    type: HeadSwapTaskRef,
    nullable: true,
    description:
      "One head swap task by its id, in its present state; also one made elsewhere with the same AKOOL account. Null: unknown, or another team's. What the gateway last knew when AKOOL cannot be reached or takes longer than a tenth of a second: see observedAt. Only one never seen here is then an error with code AKOOL_UNAVAILABLE.",
    args: {
      id: t.arg.id({
        required: true,
        description: 'HeadSwapTask.id, as createHeadSwapTask gave it.',
      }),
    },
    resolve: (_root, { id }, { caller, loaders }) =>
      narrowed(loaders.find({ team: caller.team, kind: 'HEAD_SWAP_TASK', id }), asHeadSwapTask),
  }),
  headSwapTasks: t.field({
    type: HeadSwapTaskConnection,
    description:
      'Every head swap task of your team. Made through this gateway, newest first. first: 1 to 100.',
    args: { ...pageArguments, ...statusArgument },
    complexity: pageCost,
    resolve: (_root, args, context) =>
      readPage(context, { kind: 'HEAD_SWAP_TASK', statuses: args.status }, args, asHeadSwapTask),
  }),
}));

/** Null for a task made outside this gateway. */
function analysisKeyOf({ team, request }: HeadSwapTask): JobKey | null {
  return request && { team, kind: 'ANALYSIS', id: request.analysisId };
}
