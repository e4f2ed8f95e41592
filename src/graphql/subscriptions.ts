import { builder } from './builder.ts';
import { feedCursor, readFeedCursor } from './paging/cursors.ts';
import { asAnalysis, asHeadSwapTask } from '../domain/job.ts';
import { AnalysisRef, HeadSwapTaskRef, JobEventRef, JobRef } from './refs.ts';

/*
 * Each subscription hands graphql-js the very stream that Jobs gave: an async generator around it
 * would keep its listeners until the next event after the client has gone.
 */

const AFTER_VERSION =
  'The version last seen; anything but the present one brings the present state at once. Null: always begin with the present state. It is for coming back: as a variable of a hook it changes with each event, and subscribes anew each time.';

builder.objectType(JobEventRef, {
  description: "A job of the team's feed as it is now.",
  fields: (t) => ({
    cursor: t.id({
      description:
        'Where the feed stands behind this event: the `after` that goes on from here. Never expires.',
      resolve: ({ sequence }, _args, { caller, jobs }) =>
        feedCursor(jobs.storeId, caller.team, sequence),
    }),
    job: t.expose('job', {
      type: JobRef,
      description:
        'The job in its latest state. Replace what you have of it unless that has a higher version.',
    }),
  }),
});

builder.queryField('jobStatusCursor', (t) =>
  t.id({
    description:
      'Where jobStatusChanged stands. Ask for it beside the lists, then subscribe after it: nothing in between is missed.',
    resolve: async (_root, _args, { caller, jobs }) =>
      feedCursor(jobs.storeId, caller.team, await jobs.sequence(caller.team)),
  }),
);

builder.subscriptionFields((t) => ({
  analysisStatusChanged: t.field({
    type: AnalysisRef,
    description:
      'One analysis: its present state, then each newer one, never an older one; completes by itself after COMPLETED or FAILED. A state, not a log: a slow reader gets the latest and skips what it missed. Unknown id: an error with code NOT_FOUND.',
    args: {
      id: t.arg.id({ required: true, description: 'Analysis.id.' }),
      after: t.arg.int({ description: AFTER_VERSION }),
    },
    subscribe: (_root, { id, after }, { caller, jobs }) =>
      jobs.watch({ team: caller.team, kind: 'ANALYSIS', id }, after ?? null),
    resolve: (job) => asAnalysis(job),
  }),
  headSwapTaskStatusChanged: t.field({
    type: HeadSwapTaskRef,
    description:
      'One head swap task: its present state, then each newer one, never an older one; completes by itself after COMPLETED or FAILED. A state, not a log: a slow reader gets the latest and skips what it missed. Unknown id: an error with code NOT_FOUND.',
    args: {
      id: t.arg.id({ required: true, description: 'HeadSwapTask.id.' }),
      after: t.arg.int({ description: AFTER_VERSION }),
    },
    subscribe: (_root, { id, after }, { caller, jobs }) =>
      jobs.watch({ team: caller.team, kind: 'HEAD_SWAP_TASK', id }, after ?? null),
    resolve: (job) => asHeadSwapTask(job),
  }),
  jobStatusChanged: t.field({
    type: JobEventRef,
    description:
      "Every job made through this gateway by the caller's team, for dashboards; never completes by itself. Changes of one job that come faster than they are read are told once, in its latest state.",
    args: {
      after: t.arg.id({
        description:
          'jobStatusCursor, or the cursor of the last event: begins with every job changed since, once, in its latest state. Null: begins with the present state of every unfinished job; what ended while you were away is not told. A cursor that is not ours is refused with INVALID_INPUT.',
      }),
    },
    subscribe: (_root, { after }, { caller, jobs }) =>
      jobs.watchTeam(
        caller.team,
        after === null || after === undefined
          ? null
          : readFeedCursor(jobs.storeId, caller.team, after),
      ),
    resolve: (event) => event,
  }),
}));
