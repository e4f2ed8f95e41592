/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from 'head-swap-client/operations';
/** Where a job stands: QUEUED, then PROCESSING, then COMPLETED or FAILED; steps may be left out, but it never goes back. The last two are final: a finished job never changes again. */
export type JobStatus =
  /** Done, and the result is here: the persons of an analysis, the outputUrl of a task. Final. */
  | 'COMPLETED'
  /** It came to nothing: see failure. Final; to try again, make a new job. */
  | 'FAILED'
  /** AKOOL is working on it. Also shown while AKOOL says it is done and its result is still missing. */
  | 'PROCESSING'
  /** AKOOL has taken the job and not begun it. */
  | 'QUEUED';

/** Where a copy stands. */
export type StoredMediaStatus =
  /** The source is gone, or is no media, or the copy was deleted. It will not be tried again. */
  | 'FAILED'
  /** Being copied, or to be tried again. */
  | 'PENDING'
  /** There. */
  | 'STORED';

export type WatchAnalysisPageSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type WatchAnalysisPageSubscription = { analysisStatusChanged: { __typename: 'Analysis', id: string, status: JobStatus, progress: number, version: number, overdueSince: string | null, supportId: string | null, failure: { reason: string, code: number | null } | null, video: { durationSeconds: number | null } | null, persons: Array<{ id: string, objId: number, previewUrl: string | null, storedPreview: { status: StoredMediaStatus, url: string | null } | null }> } };

export type AnalysisPartsFragment = { __typename: 'Analysis', id: string, status: JobStatus, progress: number, version: number, overdueSince: string | null, supportId: string | null, failure: { reason: string, code: number | null } | null, video: { durationSeconds: number | null } | null, persons: Array<{ id: string, objId: number, previewUrl: string | null, storedPreview: { status: StoredMediaStatus, url: string | null } | null }> };

export type TaskPartsFragment = { __typename: 'HeadSwapTask', id: string, status: JobStatus, progress: number, version: number, overdueSince: string | null, supportId: string | null, outputUrl: string | null, fileName: string | null, failure: { reason: string, code: number | null } | null, storedOutput: { status: StoredMediaStatus, url: string | null } | null, analysis: { id: string } | null, mappings: Array<{ faceUrl: string, person: { id: string, objId: number, previewUrl: string | null, storedPreview: { url: string | null } | null } }> | null };

type ListedJob_Analysis_Fragment = { __typename: 'Analysis', videoUrl: string, id: string, status: JobStatus, progress: number, version: number, createdAt: string, overdueSince: string | null, persons: Array<{ id: string, previewUrl: string | null, storedPreview: { url: string | null } | null }> };

type ListedJob_HeadSwapTask_Fragment = { __typename: 'HeadSwapTask', sourceVideoUrl: string, id: string, status: JobStatus, progress: number, version: number, createdAt: string, overdueSince: string | null, mappings: Array<{ faceUrl: string }> | null };

export type ListedJobFragment =
  | ListedJob_Analysis_Fragment
  | ListedJob_HeadSwapTask_Fragment
;

export type WatchTaskPageSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type WatchTaskPageSubscription = { headSwapTaskStatusChanged: { __typename: 'HeadSwapTask', id: string, status: JobStatus, progress: number, version: number, overdueSince: string | null, supportId: string | null, outputUrl: string | null, fileName: string | null, failure: { reason: string, code: number | null } | null, storedOutput: { status: StoredMediaStatus, url: string | null } | null, analysis: { id: string } | null, mappings: Array<{ faceUrl: string, person: { id: string, objId: number, previewUrl: string | null, storedPreview: { url: string | null } | null } }> | null } };

export type ReadTaskPageQueryVariables = Exact<{
  id: string;
}>;


export type ReadTaskPageQuery = { headSwapTask: { __typename: 'HeadSwapTask', id: string, status: JobStatus, progress: number, version: number, overdueSince: string | null, supportId: string | null, outputUrl: string | null, fileName: string | null, failure: { reason: string, code: number | null } | null, storedOutput: { status: StoredMediaStatus, url: string | null } | null, analysis: { id: string } | null, mappings: Array<{ faceUrl: string, person: { id: string, objId: number, previewUrl: string | null, storedPreview: { url: string | null } | null } }> | null } | null };

export type ListJobsOfTeamQueryVariables = Exact<{ [key: string]: never; }>;


export type ListJobsOfTeamQuery = { jobStatusCursor: string, analyses: { edges: Array<{ node: { __typename: 'Analysis', videoUrl: string, id: string, status: JobStatus, progress: number, version: number, createdAt: string, overdueSince: string | null, persons: Array<{ id: string, previewUrl: string | null, storedPreview: { url: string | null } | null }> } }> }, headSwapTasks: { edges: Array<{ node: { __typename: 'HeadSwapTask', sourceVideoUrl: string, id: string, status: JobStatus, progress: number, version: number, createdAt: string, overdueSince: string | null, mappings: Array<{ faceUrl: string }> | null } }> } };

export type WatchJobsOfTeamSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WatchJobsOfTeamSubscription = { jobStatusChanged: { cursor: string, job:
      | { __typename: 'Analysis', videoUrl: string, id: string, status: JobStatus, progress: number, version: number, createdAt: string, overdueSince: string | null, persons: Array<{ id: string, previewUrl: string | null, storedPreview: { url: string | null } | null }> }
      | { __typename: 'HeadSwapTask', sourceVideoUrl: string, id: string, status: JobStatus, progress: number, version: number, createdAt: string, overdueSince: string | null, mappings: Array<{ faceUrl: string }> | null }
     } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, unknown> | undefined;

  constructor(value: string, __meta__?: Record<string, unknown> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const AnalysisPartsFragmentDoc = new TypedDocumentString(`
    fragment AnalysisParts on Analysis {
  __typename
  id
  status
  progress
  version
  overdueSince
  supportId
  failure {
    reason
    code
  }
  video {
    durationSeconds
  }
  persons {
    id
    objId
    previewUrl
    storedPreview {
      status
      url
    }
  }
}
    `, {"fragmentName":"AnalysisParts"}) as unknown as TypedDocumentString<AnalysisPartsFragment, unknown>;
export const TaskPartsFragmentDoc = new TypedDocumentString(`
    fragment TaskParts on HeadSwapTask {
  __typename
  id
  status
  progress
  version
  overdueSince
  supportId
  failure {
    reason
    code
  }
  outputUrl
  fileName
  storedOutput {
    status
    url
  }
  analysis {
    id
  }
  mappings {
    faceUrl
    person {
      id
      objId
      previewUrl
      storedPreview {
        url
      }
    }
  }
}
    `, {"fragmentName":"TaskParts"}) as unknown as TypedDocumentString<TaskPartsFragment, unknown>;
export const ListedJobFragmentDoc = new TypedDocumentString(`
    fragment ListedJob on Job {
  __typename
  id
  status
  progress
  version
  createdAt
  overdueSince
  ... on Analysis {
    videoUrl
    persons {
      id
      previewUrl
      storedPreview {
        url
      }
    }
  }
  ... on HeadSwapTask {
    sourceVideoUrl
    mappings {
      faceUrl
    }
  }
}
    `, {"fragmentName":"ListedJob"}) as unknown as TypedDocumentString<ListedJobFragment, unknown>;
export const WatchAnalysisPageDocument = new TypedDocumentString(`
    subscription WatchAnalysisPage($id: ID!, $after: Int) {
  analysisStatusChanged(id: $id, after: $after) {
    ...AnalysisParts
  }
}
    fragment AnalysisParts on Analysis {
  __typename
  id
  status
  progress
  version
  overdueSince
  supportId
  failure {
    reason
    code
  }
  video {
    durationSeconds
  }
  persons {
    id
    objId
    previewUrl
    storedPreview {
      status
      url
    }
  }
}`) as unknown as TypedDocumentString<WatchAnalysisPageSubscription, WatchAnalysisPageSubscriptionVariables>;
export const WatchTaskPageDocument = new TypedDocumentString(`
    subscription WatchTaskPage($id: ID!, $after: Int) {
  headSwapTaskStatusChanged(id: $id, after: $after) {
    ...TaskParts
  }
}
    fragment TaskParts on HeadSwapTask {
  __typename
  id
  status
  progress
  version
  overdueSince
  supportId
  failure {
    reason
    code
  }
  outputUrl
  fileName
  storedOutput {
    status
    url
  }
  analysis {
    id
  }
  mappings {
    faceUrl
    person {
      id
      objId
      previewUrl
      storedPreview {
        url
      }
    }
  }
}`) as unknown as TypedDocumentString<WatchTaskPageSubscription, WatchTaskPageSubscriptionVariables>;
export const ReadTaskPageDocument = new TypedDocumentString(`
    query ReadTaskPage($id: ID!) {
  headSwapTask(id: $id) {
    ...TaskParts
  }
}
    fragment TaskParts on HeadSwapTask {
  __typename
  id
  status
  progress
  version
  overdueSince
  supportId
  failure {
    reason
    code
  }
  outputUrl
  fileName
  storedOutput {
    status
    url
  }
  analysis {
    id
  }
  mappings {
    faceUrl
    person {
      id
      objId
      previewUrl
      storedPreview {
        url
      }
    }
  }
}`) as unknown as TypedDocumentString<ReadTaskPageQuery, ReadTaskPageQueryVariables>;
export const ListJobsOfTeamDocument = new TypedDocumentString(`
    query ListJobsOfTeam {
  jobStatusCursor
  analyses(first: 10) {
    edges {
      node {
        ...ListedJob
      }
    }
  }
  headSwapTasks(first: 10) {
    edges {
      node {
        ...ListedJob
      }
    }
  }
}
    fragment ListedJob on Job {
  __typename
  id
  status
  progress
  version
  createdAt
  overdueSince
  ... on Analysis {
    videoUrl
    persons {
      id
      previewUrl
      storedPreview {
        url
      }
    }
  }
  ... on HeadSwapTask {
    sourceVideoUrl
    mappings {
      faceUrl
    }
  }
}`) as unknown as TypedDocumentString<ListJobsOfTeamQuery, ListJobsOfTeamQueryVariables>;
export const WatchJobsOfTeamDocument = new TypedDocumentString(`
    subscription WatchJobsOfTeam($after: ID) {
  jobStatusChanged(after: $after) {
    cursor
    job {
      ...ListedJob
    }
  }
}
    fragment ListedJob on Job {
  __typename
  id
  status
  progress
  version
  createdAt
  overdueSince
  ... on Analysis {
    videoUrl
    persons {
      id
      previewUrl
      storedPreview {
        url
      }
    }
  }
  ... on HeadSwapTask {
    sourceVideoUrl
    mappings {
      faceUrl
    }
  }
}`) as unknown as TypedDocumentString<WatchJobsOfTeamSubscription, WatchJobsOfTeamSubscriptionVariables>;
