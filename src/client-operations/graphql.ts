/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What to buy. What is left out counts as if its default had been given. */
export type CreateHeadSwapTaskInput = {
  /** Analysis.id of a COMPLETED analysis. Its own video URL is what AKOOL gets. An analysis made elsewhere with the same AKOOL account will do. */
  analysisId: string;
  /** 1 to 255 characters, a UUID for example; the same key never buys twice. Make one per purchase, before sending, and keep it until the result is here: asking again with it is always safe. */
  idempotencyKey: string;
  /** Whether the output keeps the source's sound. */
  keepOriginalSound?: boolean;
  /** 1 to 5, distinct persons of that analysis; their order does not matter. */
  mappings: Array<HeadMappingInput>;
  /** AKOOL's name of the model, 1 to 100 characters. The default is the only one that AKOOL lists. */
  modelName?: string;
  /** Of the output video. */
  resolution?: Resolution;
  /** An AKOOL template, 1 to 255 characters, if templates are enabled for the account. Null: none. */
  templateId?: string | null | undefined;
};

/** Which face a person of the video is to get. */
export type HeadMappingInput = {
  /** One clear, front-facing picture of the face to put in; not the person's previewUrl. Where AKOOL can download it. */
  faceUrl: string;
  /** Person.objId of a person of the analysis; 0 or more. Each person once. */
  objId: number;
};

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

/** How large the output video is. Values may be added. */
export type Resolution =
  /** AKOOL's 480p. */
  | 'P480'
  /** AKOOL's 720p. The default. */
  | 'P720';

/** What to analyse. */
export type SubmitAnalysisInput = {
  /** Makes asking again safe: 1 to 255 characters, a UUID for example; with the same input it brings the same analysis. Null: always a new analysis. */
  idempotencyKey?: string | null | undefined;
  /** The video, where AKOOL can download it: about 3 to 20 seconds, with people in it. A later task works on this very URL, so it must stay reachable. */
  videoUrl: string;
};

export type SubmitAnalysisMutationVariables = Exact<{
  input: SubmitAnalysisInput;
}>;


export type SubmitAnalysisMutation = { submitAnalysis:
    | { __typename: 'AkoolRejectedError', message: string }
    | { __typename: 'AkoolUnavailableError', message: string }
    | { __typename: 'Analysis', id: string, status: JobStatus, version: number }
    | { __typename: 'BillingError', message: string }
    | { __typename: 'IdempotencyConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'OutcomeUnknownError', message: string }
   | null };

export type WatchAnalysisSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type WatchAnalysisSubscription = { analysisStatusChanged: { id: string, status: JobStatus, progress: number, version: number, failure: { reason: string, code: number | null } | null, persons: Array<{ id: string, objId: number, previewUrl: string | null }> } };

export type ReadPersonsQueryVariables = Exact<{
  id: string;
}>;


export type ReadPersonsQuery = { analysis: { id: string, status: JobStatus, videoUrl: string, persons: Array<{ id: string, objId: number, previewUrl: string | null }>, video: { width: number | null, height: number | null, durationSeconds: number | null } | null } | null };

export type CreateHeadSwapTaskMutationVariables = Exact<{
  input: CreateHeadSwapTaskInput;
}>;


export type CreateHeadSwapTaskMutation = { createHeadSwapTask:
    | { __typename: 'AkoolRejectedError', message: string }
    | { __typename: 'AkoolUnavailableError', retryAfterSeconds: number | null, message: string }
    | { __typename: 'AnalysisNotReadyError', status: JobStatus, message: string }
    | { __typename: 'BillingError', message: string }
    | { __typename: 'HeadSwapTask', id: string, status: JobStatus, version: number }
    | { __typename: 'IdempotencyConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'OutcomeUnknownError', message: string }
   | null };

export type WatchHeadSwapTaskSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type WatchHeadSwapTaskSubscription = { headSwapTaskStatusChanged: { id: string, status: JobStatus, progress: number, version: number, outputUrl: string | null, failure: { reason: string, code: number | null } | null } };

export type ReadOutputQueryVariables = Exact<{
  id: string;
}>;


export type ReadOutputQuery = { headSwapTask: { id: string, status: JobStatus, outputUrl: string | null, fileName: string | null, durationSeconds: number | null, resolution: Resolution | null, keepOriginalSound: boolean | null, mappings: Array<{ faceUrl: string, person: { id: string, objId: number, previewUrl: string | null } }> | null, analysis: { id: string, videoUrl: string } | null } | null };

export type ListJobsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  status?: Array<JobStatus> | JobStatus | null | undefined;
}>;


export type ListJobsQuery = { jobStatusCursor: string, analyses: { edges: Array<{ node: { id: string, status: JobStatus, progress: number, version: number, createdAt: string, videoUrl: string } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, headSwapTasks: { edges: Array<{ node: { id: string, status: JobStatus, progress: number, version: number, createdAt: string, outputUrl: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type WatchTeamSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WatchTeamSubscription = { jobStatusChanged: { cursor: string, job:
      | { __typename: 'Analysis', videoUrl: string, id: string, status: JobStatus, progress: number, version: number }
      | { __typename: 'HeadSwapTask', outputUrl: string | null, id: string, status: JobStatus, progress: number, version: number }
     } };

export type RecoverCreateQueryVariables = Exact<{
  idempotencyKey: string;
}>;


export type RecoverCreateQuery = { createHeadSwapTaskResult:
    | { __typename: 'AkoolRejectedError', message: string }
    | { __typename: 'AkoolUnavailableError', message: string }
    | { __typename: 'AnalysisNotReadyError', message: string }
    | { __typename: 'BillingError', message: string }
    | { __typename: 'HeadSwapTask', id: string, status: JobStatus, version: number }
    | { __typename: 'IdempotencyConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'OutcomeUnknownError', message: string }
   | null };

export type CreditBalanceQueryVariables = Exact<{ [key: string]: never; }>;


export type CreditBalanceQuery = { creditBalance: number | null };

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

export const SubmitAnalysisDocument = new TypedDocumentString(`
    mutation SubmitAnalysis($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) {
    __typename
    ... on Analysis {
      id
      status
      version
    }
    ... on InvalidInputError {
      issues {
        path
        message
      }
    }
    ... on Error {
      message
    }
  }
}
    `, {"hash":"b9078c19a1dcd0af613e919bf0de55ef6973a871d6f29b849544c83b805ce4ee"}) as unknown as TypedDocumentString<SubmitAnalysisMutation, SubmitAnalysisMutationVariables>;
export const WatchAnalysisDocument = new TypedDocumentString(`
    subscription WatchAnalysis($id: ID!, $after: Int) {
  analysisStatusChanged(id: $id, after: $after) {
    id
    status
    progress
    version
    failure {
      reason
      code
    }
    persons {
      id
      objId
      previewUrl
    }
  }
}
    `, {"hash":"705912dd926612b9f171504347c871be21a69e40788b1b17b12a90360fcec410"}) as unknown as TypedDocumentString<WatchAnalysisSubscription, WatchAnalysisSubscriptionVariables>;
export const ReadPersonsDocument = new TypedDocumentString(`
    query ReadPersons($id: ID!) {
  analysis(id: $id) {
    id
    status
    videoUrl
    persons {
      id
      objId
      previewUrl
    }
    video {
      width
      height
      durationSeconds
    }
  }
}
    `, {"hash":"2ebae487a9bbcd2b0e68e6a159632f24cf4662e286833e8ebf29591aecf54710"}) as unknown as TypedDocumentString<ReadPersonsQuery, ReadPersonsQueryVariables>;
export const CreateHeadSwapTaskDocument = new TypedDocumentString(`
    mutation CreateHeadSwapTask($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) {
    __typename
    ... on HeadSwapTask {
      id
      status
      version
    }
    ... on InvalidInputError {
      issues {
        path
        message
      }
    }
    ... on AnalysisNotReadyError {
      status
    }
    ... on AkoolUnavailableError {
      retryAfterSeconds
    }
    ... on Error {
      message
    }
  }
}
    `, {"hash":"5b3502b2d221c6b4c0c01a04959b03154891fc8d82e1954054e7148b87daf429"}) as unknown as TypedDocumentString<CreateHeadSwapTaskMutation, CreateHeadSwapTaskMutationVariables>;
export const WatchHeadSwapTaskDocument = new TypedDocumentString(`
    subscription WatchHeadSwapTask($id: ID!, $after: Int) {
  headSwapTaskStatusChanged(id: $id, after: $after) {
    id
    status
    progress
    version
    failure {
      reason
      code
    }
    outputUrl
  }
}
    `, {"hash":"19afde64a027b87382ed8db22ab253b09d0ebe59a4596a60a4ddd305c2f51dc0"}) as unknown as TypedDocumentString<WatchHeadSwapTaskSubscription, WatchHeadSwapTaskSubscriptionVariables>;
export const ReadOutputDocument = new TypedDocumentString(`
    query ReadOutput($id: ID!) {
  headSwapTask(id: $id) {
    id
    status
    outputUrl
    fileName
    durationSeconds
    resolution
    keepOriginalSound
    mappings {
      faceUrl
      person {
        id
        objId
        previewUrl
      }
    }
    analysis {
      id
      videoUrl
    }
  }
}
    `, {"hash":"7ce05581c5d3a909352935dc98e0e8f78c51a1c37a60acbcebd8493ea4326ffd"}) as unknown as TypedDocumentString<ReadOutputQuery, ReadOutputQueryVariables>;
export const ListJobsDocument = new TypedDocumentString(`
    query ListJobs($first: Int = 20, $after: String, $status: [JobStatus!]) {
  jobStatusCursor
  analyses(first: $first, status: $status) {
    edges {
      node {
        id
        status
        progress
        version
        createdAt
        videoUrl
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
  headSwapTasks(first: $first, after: $after, status: $status) {
    edges {
      node {
        id
        status
        progress
        version
        createdAt
        outputUrl
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"6faadda952a6a0c99f61bab88bce877cf74f90e023fb7b285320f8251e4593a8"}) as unknown as TypedDocumentString<ListJobsQuery, ListJobsQueryVariables>;
export const WatchTeamDocument = new TypedDocumentString(`
    subscription WatchTeam($after: ID) {
  jobStatusChanged(after: $after) {
    cursor
    job {
      __typename
      id
      status
      progress
      version
      ... on Analysis {
        videoUrl
      }
      ... on HeadSwapTask {
        outputUrl
      }
    }
  }
}
    `, {"hash":"361c7463e7f012e2fce946891de4447497f25a8b77240e4edf04754eb0021e08"}) as unknown as TypedDocumentString<WatchTeamSubscription, WatchTeamSubscriptionVariables>;
export const RecoverCreateDocument = new TypedDocumentString(`
    query RecoverCreate($idempotencyKey: ID!) {
  createHeadSwapTaskResult(idempotencyKey: $idempotencyKey) {
    __typename
    ... on HeadSwapTask {
      id
      status
      version
    }
    ... on Error {
      message
    }
  }
}
    `, {"hash":"24173e719da00e2fa14e823bfe8d1b7086af187a3d7b1a2b87be554293612a5e"}) as unknown as TypedDocumentString<RecoverCreateQuery, RecoverCreateQueryVariables>;
export const CreditBalanceDocument = new TypedDocumentString(`
    query CreditBalance {
  creditBalance
}
    `, {"hash":"693e04067cc39ec3afa670b6fbbafbbbd37e4c34596b170e5bfb9d24f4878a9e"}) as unknown as TypedDocumentString<CreditBalanceQuery, CreditBalanceQueryVariables>;
