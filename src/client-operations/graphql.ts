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
  /** 1 to 255 characters, a UUID for example; the same key never buys twice. Keys are compared as they are: case, inner blanks and Unicode forms matter. Make one per purchase, before sending, and keep it until the result is here: asking again with it is always safe. */
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

/** What is to be sent. */
export type CreateUploadInput = {
  /** In bytes; sending more is refused. At most 524,288,000 for a video and 31,457,280 for a face. */
  bytes: number;
  /** video/mp4, video/quicktime or video/webm; image/jpeg, image/png or image/webp; parameters, as in video/webm;codecs=vp9, are left out. What counts in the end is the file itself. */
  contentType: string;
  /** What it is to be. */
  purpose: UploadPurpose;
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

/** Where a copy stands. */
export type StoredMediaStatus =
  /** The source is gone, or is no media, or the copy was deleted. It will not be tried again. */
  | 'FAILED'
  /** Being copied, or to be tried again. */
  | 'PENDING'
  /** There. */
  | 'STORED';

/** What to analyse. */
export type SubmitAnalysisInput = {
  /** Makes asking again safe: 1 to 255 characters, a UUID for example, compared as it is; with the same input it brings the same analysis. Null: always a new analysis. */
  idempotencyKey?: string | null | undefined;
  /** The video, where AKOOL can download it: about 3 to 20 seconds, with people in it. A later task works on this very URL, so it must stay reachable. */
  videoUrl: string;
};

/** What an upload is to be. */
export type UploadPurpose =
  /** A reference face: what faceUrl takes. */
  | 'FACE'
  /** A source video: what videoUrl takes. */
  | 'VIDEO';

/** Where an upload stands. */
export type UploadStatus =
  /** Send the bytes, then finishUpload. */
  | 'AWAITING'
  /** The bytes were not sent, or not finished, in time. */
  | 'EXPIRED'
  /** It was looked at, and url may be used. */
  | 'READY'
  /** It was looked at, and cannot be used: see problem. */
  | 'REJECTED';

export type SubmitAnalysisMutationVariables = Exact<{
  input: SubmitAnalysisInput;
}>;


export type SubmitAnalysisMutation = { submitAnalysis:
    | { __typename: 'AkoolRejectedError', message: string }
    | { __typename: 'AkoolUnavailableError', message: string }
    | { __typename: 'Analysis', id: string, status: JobStatus, version: number }
    | { __typename: 'BillingError', message: string }
    | { __typename: 'IdempotencyConflictError', message: string }
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ __typename: 'InputIssue', path: Array<string>, message: string }> }
    | { __typename: 'OutcomeUnknownError', message: string }
   | null };

export type WatchAnalysisSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type WatchAnalysisSubscription = { analysisStatusChanged: { __typename: 'Analysis', id: string, status: JobStatus, progress: number, version: number, failure: { __typename: 'JobFailure', reason: string, code: number | null } | null, persons: Array<{ __typename: 'Person', id: string, objId: number, previewUrl: string | null }> } };

export type ReadPersonsQueryVariables = Exact<{
  id: string;
}>;


export type ReadPersonsQuery = { analysis: { __typename: 'Analysis', id: string, status: JobStatus, version: number, videoUrl: string, persons: Array<{ __typename: 'Person', id: string, objId: number, previewUrl: string | null }>, video: { __typename: 'VideoInfo', width: number | null, height: number | null, durationSeconds: number | null } | null } | null };

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
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ __typename: 'InputIssue', path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'OutcomeUnknownError', message: string }
   | null };

export type WatchHeadSwapTaskSubscriptionVariables = Exact<{
  id: string;
  after?: number | null | undefined;
}>;


export type WatchHeadSwapTaskSubscription = { headSwapTaskStatusChanged: { __typename: 'HeadSwapTask', id: string, status: JobStatus, progress: number, version: number, outputUrl: string | null, failure: { __typename: 'JobFailure', reason: string, code: number | null } | null } };

export type ReadOutputQueryVariables = Exact<{
  id: string;
}>;


export type ReadOutputQuery = { headSwapTask: { __typename: 'HeadSwapTask', id: string, status: JobStatus, version: number, outputUrl: string | null, fileName: string | null, durationSeconds: number | null, resolution: Resolution | null, keepOriginalSound: boolean | null, storedOutput: { __typename: 'StoredMedia', status: StoredMediaStatus, url: string | null, bytes: number | null, contentType: string | null, problem: string | null } | null, mappings: Array<{ __typename: 'HeadMapping', faceUrl: string, person: { __typename: 'Person', id: string, objId: number, previewUrl: string | null } }> | null, analysis: { __typename: 'Analysis', id: string, videoUrl: string } | null } | null };

export type ListJobsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  status?: Array<JobStatus> | JobStatus | null | undefined;
}>;


export type ListJobsQuery = { jobStatusCursor: string, analyses: { __typename: 'AnalysisConnection', edges: Array<{ __typename: 'AnalysisEdge', node: { __typename: 'Analysis', id: string, status: JobStatus, progress: number, version: number, createdAt: string, videoUrl: string } }>, pageInfo: { __typename: 'PageInfo', hasNextPage: boolean, endCursor: string | null } }, headSwapTasks: { __typename: 'HeadSwapTaskConnection', edges: Array<{ __typename: 'HeadSwapTaskEdge', node: { __typename: 'HeadSwapTask', id: string, status: JobStatus, progress: number, version: number, createdAt: string, outputUrl: string | null } }>, pageInfo: { __typename: 'PageInfo', hasNextPage: boolean, endCursor: string | null } } };

export type WatchTeamSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WatchTeamSubscription = { jobStatusChanged: { __typename: 'JobEvent', cursor: string, job:
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

export type CreateUploadMutationVariables = Exact<{
  input: CreateUploadInput;
}>;


export type CreateUploadMutation = { createUpload:
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ __typename: 'InputIssue', path: Array<string>, message: string }> }
    | { __typename: 'Upload', id: string, status: UploadStatus, expiresAt: string, put: { __typename: 'UploadTarget', url: string, expiresAt: string, headers: Array<{ __typename: 'UploadHeader', name: string, value: string }> } | null }
   };

export type FinishUploadMutationVariables = Exact<{
  id: string;
}>;


export type FinishUploadMutation = { finishUpload:
    | { __typename: 'InvalidInputError', message: string, issues: Array<{ __typename: 'InputIssue', path: Array<string>, message: string }> }
    | { __typename: 'NotFoundError', message: string }
    | { __typename: 'Upload', id: string, status: UploadStatus, url: string | null, problem: string | null, durationSeconds: number | null, width: number | null, height: number | null, expiresAt: string }
   };

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
      __typename
    }
    ... on InvalidInputError {
      issues {
        path
        message
        __typename
      }
      __typename
    }
    ... on Error {
      message
      __typename
    }
  }
}
    `, {"hash":"c89862ca9cd1df15dbe86ed579534989cf4d7c0339bb834d61f0259337789a32"}) as unknown as TypedDocumentString<SubmitAnalysisMutation, SubmitAnalysisMutationVariables>;
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
      __typename
    }
    persons {
      id
      objId
      previewUrl
      __typename
    }
    __typename
  }
}
    `, {"hash":"a5c35f723d167beac48abdc02d39b739754c9f647edaef74313bc305bc0256d3"}) as unknown as TypedDocumentString<WatchAnalysisSubscription, WatchAnalysisSubscriptionVariables>;
export const ReadPersonsDocument = new TypedDocumentString(`
    query ReadPersons($id: ID!) {
  analysis(id: $id) {
    id
    status
    version
    videoUrl
    persons {
      id
      objId
      previewUrl
      __typename
    }
    video {
      width
      height
      durationSeconds
      __typename
    }
    __typename
  }
}
    `, {"hash":"be273935ce8e001f0e6751c4fab15109c31a561cd0b74f52ad507e7712de8d9b"}) as unknown as TypedDocumentString<ReadPersonsQuery, ReadPersonsQueryVariables>;
export const CreateHeadSwapTaskDocument = new TypedDocumentString(`
    mutation CreateHeadSwapTask($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) {
    __typename
    ... on HeadSwapTask {
      id
      status
      version
      __typename
    }
    ... on InvalidInputError {
      issues {
        path
        message
        __typename
      }
      __typename
    }
    ... on AnalysisNotReadyError {
      status
      __typename
    }
    ... on AkoolUnavailableError {
      retryAfterSeconds
      __typename
    }
    ... on Error {
      message
      __typename
    }
  }
}
    `, {"hash":"20bde26cb2d23257010d3903c38419b366f94f8a7b10a6235bc1b626d2e6e463"}) as unknown as TypedDocumentString<CreateHeadSwapTaskMutation, CreateHeadSwapTaskMutationVariables>;
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
      __typename
    }
    outputUrl
    __typename
  }
}
    `, {"hash":"d2b00ed60b3be9635ecf47970a5b39b456a56aa1fa50380f1b279626f19048d3"}) as unknown as TypedDocumentString<WatchHeadSwapTaskSubscription, WatchHeadSwapTaskSubscriptionVariables>;
export const ReadOutputDocument = new TypedDocumentString(`
    query ReadOutput($id: ID!) {
  headSwapTask(id: $id) {
    id
    status
    version
    outputUrl
    storedOutput {
      status
      url
      bytes
      contentType
      problem
      __typename
    }
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
        __typename
      }
      __typename
    }
    analysis {
      id
      videoUrl
      __typename
    }
    __typename
  }
}
    `, {"hash":"db4a29b179c5ce16780cf0b9d33c4b5f4b245ba963cbe41487402da6c3dfc71b"}) as unknown as TypedDocumentString<ReadOutputQuery, ReadOutputQueryVariables>;
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
        __typename
      }
      __typename
    }
    pageInfo {
      hasNextPage
      endCursor
      __typename
    }
    __typename
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
        __typename
      }
      __typename
    }
    pageInfo {
      hasNextPage
      endCursor
      __typename
    }
    __typename
  }
}
    `, {"hash":"f7fcef763676042a74c1821b390c1404a115e6ac426ab7c26f1ff2c1c50aa722"}) as unknown as TypedDocumentString<ListJobsQuery, ListJobsQueryVariables>;
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
        __typename
      }
      ... on HeadSwapTask {
        outputUrl
        __typename
      }
    }
    __typename
  }
}
    `, {"hash":"9d0604419d9bd76eeabf51c6ebedc976e622114656962dd658805cd80128c636"}) as unknown as TypedDocumentString<WatchTeamSubscription, WatchTeamSubscriptionVariables>;
export const RecoverCreateDocument = new TypedDocumentString(`
    query RecoverCreate($idempotencyKey: ID!) {
  createHeadSwapTaskResult(idempotencyKey: $idempotencyKey) {
    __typename
    ... on HeadSwapTask {
      id
      status
      version
      __typename
    }
    ... on Error {
      message
      __typename
    }
  }
}
    `, {"hash":"27e6d1d8d30114ceb45344498c6fc95095e322a4cd0412c6424feeac3c2d8d44"}) as unknown as TypedDocumentString<RecoverCreateQuery, RecoverCreateQueryVariables>;
export const CreditBalanceDocument = new TypedDocumentString(`
    query CreditBalance {
  creditBalance
}
    `, {"hash":"693e04067cc39ec3afa670b6fbbafbbbd37e4c34596b170e5bfb9d24f4878a9e"}) as unknown as TypedDocumentString<CreditBalanceQuery, CreditBalanceQueryVariables>;
export const CreateUploadDocument = new TypedDocumentString(`
    mutation CreateUpload($input: CreateUploadInput!) {
  createUpload(input: $input) {
    __typename
    ... on Upload {
      id
      status
      expiresAt
      put {
        url
        expiresAt
        headers {
          name
          value
          __typename
        }
        __typename
      }
      __typename
    }
    ... on InvalidInputError {
      issues {
        path
        message
        __typename
      }
      __typename
    }
    ... on Error {
      message
      __typename
    }
  }
}
    `, {"hash":"07ed7846128011a0e843f84d0876b76e27cf15c6ce9e6028fdad3719438498f3"}) as unknown as TypedDocumentString<CreateUploadMutation, CreateUploadMutationVariables>;
export const FinishUploadDocument = new TypedDocumentString(`
    mutation FinishUpload($id: ID!) {
  finishUpload(id: $id) {
    __typename
    ... on Upload {
      id
      status
      url
      problem
      durationSeconds
      width
      height
      expiresAt
      __typename
    }
    ... on InvalidInputError {
      issues {
        path
        message
        __typename
      }
      __typename
    }
    ... on Error {
      message
      __typename
    }
  }
}
    `, {"hash":"4f6b8a4f83993e3cbfbdfc680c0d01b2aa28a8c2759c71f2e3d362032894f309"}) as unknown as TypedDocumentString<FinishUploadMutation, FinishUploadMutationVariables>;
