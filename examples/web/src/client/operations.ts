import { gql } from '@urql/core';

export type JobStatus = 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED';

interface Job {
  readonly id: string;
  readonly status: JobStatus;
  readonly progress: number;
  readonly version: number;
  readonly createdAt: string;
  readonly overdueSince: string | null;
  readonly supportId: string | null;
  readonly failure: { readonly reason: string; readonly code: number | null } | null;
}

interface StoredMedia {
  readonly status: 'PENDING' | 'STORED' | 'FAILED';
  readonly url: string | null;
  readonly problem: string | null;
}

export interface Person {
  readonly id: string;
  readonly objId: number;
  readonly previewUrl: string | null;
  readonly storedPreview: StoredMedia | null;
}

export interface Analysis extends Job {
  readonly __typename: 'Analysis';
  readonly videoUrl: string | null;
  readonly persons: readonly Person[];
  readonly video: { readonly durationSeconds: number | null } | null;
}

export interface Task extends Job {
  readonly __typename: 'HeadSwapTask';
  readonly outputUrl: string | null;
  readonly fileName: string | null;
  readonly storedOutput: StoredMedia | null;
  readonly analysis: { readonly id: string; readonly videoUrl: string | null } | null;
}

const JOB = `
  __typename id status progress version createdAt overdueSince supportId
  failure { reason code }
`;

const ANALYSIS = `${JOB}
  videoUrl
  video { durationSeconds }
  persons { id objId previewUrl storedPreview { status url problem } }
`;

const TASK = `${JOB}
  outputUrl fileName
  storedOutput { status url problem }
  analysis { id videoUrl }
`;

export const WATCH_ANALYSIS = `subscription WatchAnalysisPage($id: ID!, $after: Int) {
  analysisStatusChanged(id: $id, after: $after) { ${ANALYSIS} }
}`;

export const WATCH_TASK = `subscription WatchTaskPage($id: ID!, $after: Int) {
  headSwapTaskStatusChanged(id: $id, after: $after) { ${TASK} }
}`;

export const READ_TASK = gql<{ headSwapTask: Task | null }, { id: string }>(
  `query ReadTaskPage($id: ID!) { headSwapTask(id: $id) { ${TASK} } }`,
);

export const READ_ANALYSIS = gql<{ analysis: Analysis | null }, { id: string }>(
  `query ReadAnalysisPage($id: ID!) { analysis(id: $id) { ${ANALYSIS} } }`,
);

export interface ListedJob {
  readonly __typename: 'Analysis' | 'HeadSwapTask';
  readonly id: string;
  readonly status: JobStatus;
  readonly progress: number;
  readonly version: number;
  readonly createdAt: string;
  readonly overdueSince: string | null;
}

const LISTED = '__typename id status progress version createdAt overdueSince';

interface JobLists {
  readonly jobStatusCursor: string;
  readonly analyses: { readonly edges: readonly { readonly node: ListedJob }[] };
  readonly headSwapTasks: { readonly edges: readonly { readonly node: ListedJob }[] };
}

export const LIST_JOBS = gql<JobLists, Record<string, never>>(`query ListJobsOfTeam {
  jobStatusCursor
  analyses(first: 10) { edges { node { ${LISTED} } } }
  headSwapTasks(first: 10) { edges { node { ${LISTED} } } }
}`);

export interface TeamEvent {
  readonly jobStatusChanged: { readonly cursor: string; readonly job: ListedJob };
}

export const WATCH_TEAM = `subscription WatchJobsOfTeam($after: ID) {
  jobStatusChanged(after: $after) { cursor job { ${LISTED} } }
}`;
