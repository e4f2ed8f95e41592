import { builder } from '../builder.ts';
import { AnalysisConnection, HeadSwapTaskConnection } from './connections.ts';
import { asAnalysis, asHeadSwapTask, secondsOf, type VideoInfo } from '../../domain/job.ts';
import { narrowed } from '../loading/loaders.ts';
import { pageCost } from '../operation-cost.ts';
import { pageArguments, statusArgument, readPage } from '../paging/page.ts';
import { AnalysisRef, JobRef, PersonRef } from '../refs.ts';

const VideoInfoRef = builder.objectRef<VideoInfo>('VideoInfo');

builder.objectType(VideoInfoRef, {
  description:
    'What AKOOL measured of a video. Each is null where AKOOL did not say. Look at durationSeconds before paying for a task.',
  fields: (t) => ({
    width: t.exposeInt('width', { nullable: true, description: 'In pixels.' }),
    height: t.exposeInt('height', { nullable: true, description: 'In pixels.' }),
    fps: t.exposeFloat('fps', { nullable: true, description: 'Frames a second.' }),
    frameCount: t.exposeInt('frameCount', {
      nullable: true,
      description: 'Frames in the whole video.',
    }),
    durationSeconds: t.float({
      nullable: true,
      description:
        'frameCount / fps. AKOOL takes about 3 to 20 seconds and decides itself; createHeadSwapTask refuses what is clearly outside, under 2 or over 30.',
      resolve: secondsOf,
    }),
  }),
});

builder.objectType(AnalysisRef, {
  description:
    'A search for the persons in a video: the first of the two steps. Made by submitAnalysis; once COMPLETED, its persons can be given other faces by createHeadSwapTask.',
  interfaces: [JobRef],
  fields: (t) => ({
    videoUrl: t.expose('videoUrl', {
      type: 'HttpUrl',
      description: 'The video, as it was submitted, byte for byte.',
    }),
    persons: t.field({
      type: [PersonRef],
      description: 'By objId. Empty until COMPLETED, and then when nobody was found.',
      resolve: (analysis) =>
        analysis.persons.map(({ objId }) => ({ analysisKey: analysis, objId, analysis })),
    }),
    video: t.expose('video', {
      type: VideoInfoRef,
      nullable: true,
      description: 'What AKOOL measured of the video. Null until it has, at the latest COMPLETED.',
    }),
    headSwapTasks: t.field({
      type: HeadSwapTaskConnection,
      description:
        'The tasks built on this analysis. Made through this gateway, newest first. Empty for one that is only analysed so far.',
      args: pageArguments,
      complexity: pageCost,
      resolve: (analysis, args, context) => {
        // Each of the tasks may be asked for its analysis, which is this one.
        context.loaders.known.prime(analysis, analysis);
        const list = { kind: 'HEAD_SWAP_TASK', analysisId: analysis.id } as const;
        return readPage(context, list, args, asHeadSwapTask);
      },
    }),
  }),
});

builder.queryFields((t) => ({
  analysis: t.field({
    type: AnalysisRef,
    nullable: true,
    description:
      "One analysis by its id, in its present state; also one made elsewhere with the same AKOOL account. Null: unknown, or another team's. What the gateway last knew when AKOOL cannot be reached or takes longer than a tenth of a second: see observedAt. Only one never seen here is then an error with code AKOOL_UNAVAILABLE.",
    args: {
      id: t.arg.id({ required: true, description: 'Analysis.id, as submitAnalysis gave it.' }),
    },
    resolve: (_root, { id }, { caller, loaders }) =>
      narrowed(loaders.find({ team: caller.team, kind: 'ANALYSIS', id }), asAnalysis),
  }),
  analyses: t.field({
    type: AnalysisConnection,
    description:
      'Every analysis of your team. Made through this gateway, newest first. first: 1 to 100.',
    args: { ...pageArguments, ...statusArgument },
    complexity: pageCost,
    resolve: (_root, args, context) =>
      readPage(context, { kind: 'ANALYSIS', statuses: args.status }, args, asAnalysis),
  }),
}));
