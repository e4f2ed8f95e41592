import type { JobFailure } from '../../domain/job.ts';
import { builder } from '../builder.ts';
import { JobStatusRef } from '../enums.ts';
import { JobRef } from '../refs.ts';

const JobFailureRef = builder.objectRef<JobFailure>('JobFailure');

builder.objectType(JobFailureRef, {
  description: 'Why a job FAILED.',
  fields: (t) => ({
    reason: t.exposeString('reason', {
      description:
        "AKOOL's words, at most 500 characters, or a sentence of ours where it gave none. For people: do not branch on it.",
    }),
    code: t.exposeInt('code', {
      nullable: true,
      description:
        "AKOOL's code for this failure; there is no published list of them. Null: it gave none.",
    }),
  }),
});

builder.interfaceType(JobRef, {
  description:
    'Work that AKOOL does for us and whose status can be watched. Subscribe to it instead of asking again and again: any number of watchers costs AKOOL nothing extra.',
  resolveType: (job) => (job.kind === 'ANALYSIS' ? 'Analysis' : 'HeadSwapTask'),
  fields: (t) => ({
    id: t.exposeID('id', {
      description: "AKOOL's _id. What queries, subscriptions and analysisId take.",
    }),
    status: t.expose('status', { type: JobStatusRef, description: 'Where the job stands.' }),
    progress: t.exposeFloat('progress', {
      description: '0 to 100, approximate; never falls, 100 once COMPLETED.',
    }),
    failure: t.expose('failure', {
      type: JobFailureRef,
      nullable: true,
      description: 'Present exactly when FAILED.',
    }),
    version: t.exposeInt('version', {
      description:
        'Starts at 1, grows with every change of any other field but observedAt. ' +
        'Keep the job with the higher version when two answers cross, and give it to a subscription as `after` to go on from there.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the job was made, by the clock of AKOOL.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description:
        'Of the change that made this version: for a finished job, its end as the gateway saw it.',
    }),
    observedAt: t.expose('observedAt', {
      type: 'DateTime',
      description:
        'When AKOOL last confirmed this state. Old on an unfinished job: AKOOL cannot be reached, and this is the last that is known.',
    }),
    overdueSince: t.expose('overdueSince', {
      type: 'DateTime',
      nullable: true,
      description:
        "Since when this job is overdue: it has taken more than two hours since it was first seen here. Its status is what AKOOL says, and it is followed on. Give supportId to AKOOL's support; a new create would be a second purchase. Null: not overdue, or ended.",
    }),
    supportId: t.exposeID('supportId', {
      nullable: true,
      description:
        "AKOOL's internal task_id: quote it to AKOOL's support. It opens nothing here. Null: AKOOL gave none.",
    }),
  }),
});
