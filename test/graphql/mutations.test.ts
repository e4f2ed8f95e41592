import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ExpectedError } from '../../src/domain/errors.ts';
import {
  AkoolRejectedError,
  AkoolUnavailableError,
  AnalysisNotReadyError,
  BillingError,
  GatewayError,
  IdempotencyConflictError,
  InvalidInputError,
  NotFoundError,
  OutcomeUnknownError,
} from '../../src/domain/errors.ts';
import { ask, codeOf } from '../support/gateway/ask-schema.ts';
import { createFakeJobs } from '../support/jobs/fake-jobs.ts';

const ERRORS = `
  __typename
  ... on Error { message }
  ... on InvalidInputError { issues { path message } }
  ... on BillingError { code }
  ... on AkoolRejectedError { code }
  ... on OutcomeUnknownError { idempotencyKey }
  ... on AkoolUnavailableError { retryAfterSeconds }
`;
const SUBMIT = `mutation ($input: SubmitAnalysisInput!) {
  submitAnalysis(input: $input) { ${ERRORS} ... on Analysis { id videoUrl } }
}`;
const CREATE = `mutation ($input: CreateHeadSwapTaskInput!) {
  createHeadSwapTask(input: $input) {
    ${ERRORS} ... on AnalysisNotReadyError { status } ... on HeadSwapTask { id }
  }
}`;
const RESULT = `query ($key: ID!) {
  createHeadSwapTaskResult(idempotencyKey: $key) { ${ERRORS} ... on HeadSwapTask { id } }
}`;

const goodInput = {
  idempotencyKey: 'key-1',
  analysisId: 'analysis-1',
  mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
};

const both: [ExpectedError, Record<string, unknown>][] = [
  [
    new InvalidInputError([{ path: ['mappings', '0', 'objId'], message: 'no such person' }]),
    { issues: [{ path: ['mappings', '0', 'objId'], message: 'no such person' }] },
  ],
  [new BillingError(1104, 'credits'), { code: 1104, message: 'credits' }],
  [new AkoolRejectedError(1204, 'too long'), { code: 1204, message: 'too long' }],
  [new IdempotencyConflictError(), {}],
  [new OutcomeUnknownError('ANALYSIS', 'key-1'), { idempotencyKey: 'key-1' }],
  [new AkoolUnavailableError(3), { retryAfterSeconds: 3 }],
];
const createOnly: [ExpectedError, Record<string, unknown>][] = [
  [new NotFoundError('No such analysis.'), { message: 'No such analysis.' }],
  [new AnalysisNotReadyError('PROCESSING'), { status: 'PROCESSING' }],
];

describe('submitAnalysis', () => {
  it('hands the URL on byte for byte and answers with the analysis', async () => {
    const jobs = createFakeJobs();
    const answer = await ask(jobs, SUBMIT, { input: { videoUrl: 'https://A.b?x=%7e' } });
    expect(answer).toEqual({
      data: {
        submitAnalysis: {
          __typename: 'Analysis',
          id: 'analysis-1',
          videoUrl: 'https://A.b?x=%7e',
        },
      },
    });
    expect(jobs.asked('submitAnalysis')).toEqual([
      ['team-1', { videoUrl: 'https://A.b?x=%7e', idempotencyKey: null }],
    ]);
  });

  it.each(both)('answers %o as a member of its union', async (failure, fields) => {
    const jobs = createFakeJobs({ submitAnalysis: () => Promise.reject(failure) });
    const answer = await ask(jobs, SUBMIT, { input: { videoUrl: 'https://a.b' } });
    expect(answer).toMatchObject({
      data: { submitAnalysis: { __typename: failure.name, message: failure.message, ...fields } },
    });
  });

  it('names every problem at once, from the fields of the input on', async () => {
    const jobs = createFakeJobs();
    const input = { videoUrl: 'ftp://example.com', idempotencyKey: '' };
    const answer = await ask(jobs, SUBMIT, { input });
    expect(answer).toMatchObject({
      data: {
        submitAnalysis: {
          __typename: 'InvalidInputError',
          issues: [{ path: ['videoUrl'] }, { path: ['idempotencyKey'] }],
        },
      },
    });
    expect(jobs.asked('submitAnalysis')).toEqual([]);
  });
});

describe('createHeadSwapTask', () => {
  it('fills in the defaults', async () => {
    const jobs = createFakeJobs();
    const answer = await ask(jobs, CREATE, { input: goodInput });
    expect(answer.data).toEqual({
      createHeadSwapTask: { __typename: 'HeadSwapTask', id: 'task-1' },
    });
    expect(jobs.asked('createHeadSwapTask')).toEqual([
      [
        'team-1',
        {
          ...goodInput,
          resolution: 'P720',
          modelName: 'akool-premium',
          keepOriginalSound: true,
          templateId: null,
        },
      ],
    ]);
  });

  it.each([...both, ...createOnly])(
    'answers %o as a member of its union',
    async (failure, fields) => {
      const jobs = createFakeJobs({ createHeadSwapTask: () => Promise.reject(failure) });
      const answer = await ask(jobs, CREATE, { input: goodInput });
      expect(answer).toMatchObject({
        data: {
          createHeadSwapTask: { __typename: failure.name, message: failure.message, ...fields },
        },
      });
    },
  );

  it('names every problem at once, down to the entries of the list', async () => {
    const jobs = createFakeJobs();
    const input = {
      idempotencyKey: 'a\u0007b',
      analysisId: '',
      mappings: [
        { objId: 1, faceUrl: 'https://user:hunter2@example.com' },
        { objId: 1, faceUrl: 'not a url' },
        { objId: -1, faceUrl: 'https://a.b' },
        { objId: 3, faceUrl: 'https://a.b' },
        { objId: 4, faceUrl: 'https://a.b' },
        { objId: 5, faceUrl: 'https://a.b' },
      ],
      modelName: '',
      templateId: 'x'.repeat(256),
    };
    const answer = await ask(jobs, CREATE, { input });
    const paths = issuesOf(answer.data).map(({ path }) => path.join('.'));
    expect(paths.toSorted()).toEqual([
      'analysisId',
      'idempotencyKey',
      'mappings',
      'mappings.0.faceUrl',
      'mappings.1.faceUrl',
      'mappings.1.objId',
      'mappings.2.objId',
      'modelName',
      'templateId',
    ]);
    expect(JSON.stringify(answer)).not.toContain('hunter2');
    expect(jobs.asked('createHeadSwapTask')).toEqual([]);
  });

  it('shows a URL of a picture to who must give one', async () => {
    const input = { ...goodInput, mappings: [{ objId: 0, faceUrl: 'face.png' }] };
    expect((await ask(createFakeJobs(), CREATE, { input })).data).toMatchObject({
      createHeadSwapTask: {
        message:
          'The input has a mistake: mappings.0.faceUrl: must be an absolute http or https URL, such as https://example.com/face.png',
      },
    });
  });

  it('counts characters, not bytes, and refuses broken Unicode', async () => {
    const jobs = createFakeJobs();
    const create = async (idempotencyKey: string): Promise<unknown> =>
      (await ask(jobs, CREATE, { input: { ...goodInput, idempotencyKey } })).data;
    expect(await create('🎬'.repeat(255))).toHaveProperty('createHeadSwapTask.id');
    expect(issuesOf(await create('🎬'.repeat(256)))).toHaveLength(1);
    expect(issuesOf(await create('\ud83c'))).toHaveLength(1);
  });

  it('leaves an implausible analysisId to be not found', async () => {
    const jobs = createFakeJobs();
    await ask(jobs, CREATE, { input: { ...goodInput, analysisId: '../../etc' } });
    expect(jobs.asked('createHeadSwapTask')).toHaveLength(1);
  });

  it('keeps what was bought when another field of the request fails', async () => {
    const jobs = createFakeJobs({
      submitAnalysis: () => Promise.reject(new GatewayError('UNAVAILABLE', 'Draining.')),
    });
    const answer = await ask(
      jobs,
      `mutation ($input: CreateHeadSwapTaskInput!) {
        bought: createHeadSwapTask(input: $input) { ... on HeadSwapTask { id } }
        failed: submitAnalysis(input: { videoUrl: "https://a.b" }) { __typename }
      }`,
      { input: goodInput },
    );
    expect(answer.data).toEqual({ bought: { id: 'task-1' }, failed: null });
    expect(codeOf(answer)).toBe('UNAVAILABLE');
  });
});

describe('createHeadSwapTaskResult', () => {
  it('is null for an unused key', async () => {
    const answer = await ask(createFakeJobs(), RESULT, { key: 'key-1' });
    expect(answer).toEqual({ data: { createHeadSwapTaskResult: null } });
  });

  it('tells that the outcome is unknown', async () => {
    const jobs = createFakeJobs({
      createResult: (_team, key) => Promise.reject(new OutcomeUnknownError('HEAD_SWAP_TASK', key)),
    });
    const answer = await ask(jobs, RESULT, { key: 'key-1' });
    expect(answer).toMatchObject({
      data: {
        createHeadSwapTaskResult: { __typename: 'OutcomeUnknownError', idempotencyKey: 'key-1' },
      },
    });
  });

  it('says what is wrong with a key that could never have been used', async () => {
    const answer = await ask(createFakeJobs(), RESULT, { key: '' });
    expect(answer).toMatchObject({
      data: {
        createHeadSwapTaskResult: {
          __typename: 'InvalidInputError',
          issues: [{ path: ['idempotencyKey'] }],
        },
      },
    });
  });
});

const refused = z.object({
  createHeadSwapTask: z.object({ issues: z.array(z.object({ path: z.array(z.string()) })) }),
});

function issuesOf(data: unknown): { path: string[] }[] {
  return refused.parse(data).createHeadSwapTask.issues;
}
