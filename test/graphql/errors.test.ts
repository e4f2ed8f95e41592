import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import type { JobKey } from '../../src/domain/job.ts';
import { formatError } from '../../src/graphql/format-error/format-error.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { UpstreamError } from '../../src/upstream/upstream.ts';
import { ask, codeOf } from '../support/gateway/ask-schema.ts';
import { noMedia } from '../../src/media/no-media.ts';
import { anAnalysis, aTask, createFakeJobs } from '../support/jobs/fake-jobs.ts';

const jobs = createFakeJobs();
const throwing = (thrown: unknown): ReturnType<typeof createFakeJobs> =>
  createFakeJobs({ creditBalance: () => Promise.reject(thrown) });

describe('the code of an error', () => {
  it.each([
    ['a document that does not parse', '{ analysis(id: "hunter2" ', 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['an unused variable', 'query ($x: Int!) { creditBalance }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a literal of the wrong type',
      '{ analyses(first: "1") { pageInfo { endCursor } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'two operations and no name',
      'query A { creditBalance } query B { creditBalance }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['no operation', 'fragment F on Query { creditBalance }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('for %s', async (_case, source, code) => {
    const answer = await ask(jobs, source);
    expect(answer.errors?.[0]?.extensions).toEqual({ code });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it.each([
    ['missing', {}],
    ['null', { input: null }],
    ['of the wrong type', { input: { videoUrl: 5 } }],
    ['without a required field', { input: {} }],
    ['with an unknown field', { input: { videoUrl: 'https://a.b', videourl: 1 } }],
  ])('for a variable that is %s', async (_case, variables) => {
    const answer = await ask(
      jobs,
      'mutation ($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) { __typename } }',
      variables,
    );
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(answer.errors?.[0]?.message).not.toMatch(/Did you mean/);
    expect(answer.errors?.[0]?.locations).toBeDefined();
  });

  it('for more bad variables than are listed', async () => {
    const status = Array.from({ length: 60 }, () => 'NOT_ONE');
    const answer = await ask(
      jobs,
      'query ($status: [JobStatus!]) { analyses(status: $status) { pageInfo { endCursor } } }',
      { status },
    );
    expect(answer.errors).toHaveLength(51);
    expect(new Set(answer.errors?.map(({ extensions }) => extensions?.['code']))).toEqual(
      new Set(['INVALID_INPUT']),
    );
  });

  it('for an argument that its variable leaves out', async () => {
    const answer = await ask(
      jobs,
      'query ($first: Int = 5) { analyses(first: $first) { pageInfo { endCursor } } }',
      { first: 'five' },
    );
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    const condition = 'query ($on: Boolean = true) { __typename @include(if: $on) }';
    expect(codeOf(await ask(jobs, condition, { on: null }))).toBe('INVALID_INPUT');
    const nulled = await ask(
      jobs,
      `mutation ($resolution: Resolution = P720) {
        createHeadSwapTask(input: {
          idempotencyKey: "k", analysisId: "a", resolution: $resolution, mappings: []
        }) { __typename }
      }`,
      { resolution: null },
    );
    expect(codeOf(nulled)).toBe('INVALID_INPUT');
    expect(nulled.data).toEqual({ createHeadSwapTask: null });
  });

  it('for an argument out of its bounds', async () => {
    const withTask = createFakeJobs();
    withTask.add(aTask({ status: 'COMPLETED', outputUrl: 'https://example.com/o.mp4' }));
    const media = {
      ...noMedia,
      copies: true,
      readCopies: (keys: readonly JobKey[]) =>
        Promise.resolve(keys.map((key) => ({ key, copies: [], isFresh: true }))),
    };
    const source = `query ($for: Int) {
      headSwapTask(id: "task-1") { storedOutput { url(validForSeconds: $for) } }
    }`;
    const linkFor = (seconds: number) => ask(withTask, source, { for: seconds }, {}, media);
    for (const seconds of [59, -1, 86_401]) {
      const answer = await linkFor(seconds);
      expect(answer.errors?.[0]).toMatchObject({
        message: expect.stringMatching(/validForSeconds: must be (60 or more|86400 or less)$/),
        path: ['headSwapTask', 'storedOutput', 'url'],
        extensions: { code: 'INVALID_INPUT' },
      });
    }
    for (const seconds of [60, 86_400]) expect((await linkFor(seconds)).errors).toBeUndefined();
  });

  it('for what the layers below throw', async () => {
    const told = async (error: unknown): Promise<unknown> =>
      (await ask(throwing(error), '{ creditBalance }')).errors?.[0];
    const place = { locations: [{ line: 1, column: 3 }], path: ['creditBalance'] };
    expect(
      await told(new GatewayError('RATE_LIMITED', 'Slow down.', { retryAfterSeconds: 2 })),
    ).toEqual({
      message: 'Slow down.',
      ...place,
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 2 },
    });
    expect(await told(new UpstreamError('unavailable', 'Away.', { pauseMs: 1500 }))).toEqual({
      message: 'Away.',
      ...place,
      extensions: { code: 'AKOOL_UNAVAILABLE', retryAfterSeconds: 2 },
    });
    expect(await told(new UpstreamError('rejected', 'No.', { akoolCode: 1009 }))).toMatchObject({
      extensions: { code: 'AKOOL_REJECTED', akoolCode: 1009 },
    });
    expect(await told(new UpstreamError('protocol', 'Odd.'))).toMatchObject({
      extensions: { code: 'AKOOL_PROTOCOL' },
    });
    expect(await told(new StoreUnavailableError('The store is away.'))).toMatchObject({
      message: 'The store is away.',
      extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 },
    });
  });
});

describe('an error that is no business of the caller', () => {
  it.each([
    ['thrown by a resolver', throwing(new Error('hunter2')), '{ creditBalance }'],
    ['not even an Error', throwing('hunter2'), '{ creditBalance }'],
    [
      'a null where none may be',
      createFakeJobs({ sequence: () => Promise.reject(new TypeError('hunter2')) }),
      '{ jobStatusCursor }',
    ],
    ['a value that its scalar cannot write', throwingNothing(), '{ creditBalance }'],
  ])('is masked: %s', async (_case, fake, source) => {
    const answer = await ask(fake, source);
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', requestId: 'request-1' });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it('is reported as it was thrown', () => {
    const thrown = new Error('hunter2');
    const reported: unknown[] = [];
    const located = new GraphQLError('hunter2', { path: ['x'], originalError: thrown });
    formatError(located, (error) => `request-${reported.push(error)}`);
    expect(reported).toEqual([thrown]);
  });
});

describe('an error of a library', () => {
  const format = (error: unknown): unknown => formatError(error, () => 'request-1');

  it('keeps a code of ours and loses every other extension', () => {
    const error = new GraphQLError('Accept only JSON.', {
      extensions: { code: 'BAD_REQUEST', http: { status: 400 }, originalError: { message: 'x' } },
    });
    expect(format(error)).toEqual({
      message: 'Accept only JSON.',
      extensions: { code: 'BAD_REQUEST' },
    });
  });

  it('is masked when its code is not ours', () => {
    const error = new GraphQLError('hunter2', { extensions: { code: 'INTERNAL_SERVER_ERROR' } });
    expect(format(error)).toMatchObject({ extensions: { code: 'INTERNAL' } });
  });

  it('quotes at most 500 characters', () => {
    const error = new GraphQLError('a'.repeat(90_000), { extensions: { code: 'BAD_REQUEST' } });
    expect(format(error)).toMatchObject({ message: `${'a'.repeat(500)}…` });
  });
});

describe('suggestions', () => {
  it('are made only where the explorer is on', async () => {
    const hidden = await ask(jobs, '{ analysi(id: "x") { id } }');
    const shown = await ask(jobs, '{ analysi(id: "x") { id } }', {}, { suggestions: true });
    expect(hidden.errors?.[0]?.message).toBe('Cannot query field "analysi" on type "Query".');
    expect(shown.errors?.[0]?.message).toMatch(/Did you mean "analysis"/);
  });
});

describe('what an operation may cost', () => {
  const FULL = `id status progress failure { reason code } version createdAt updatedAt observedAt
    supportId videoUrl persons { id objId previewUrl } video { width height fps frameCount durationSeconds }`;

  it('lets a full page of everything pass', async () => {
    const fake = createFakeJobs();
    fake.add(anAnalysis());
    const answer = await ask(
      fake,
      `query ($first: Int) {
        analyses(first: $first) { edges { cursor node { ${FULL} } } pageInfo { endCursor } }
        headSwapTasks(first: $first) { edges { node {
          id status outputUrl mappings { faceUrl person { id objId previewUrl } } analysis { id videoUrl }
        } } }
      }`,
      { first: 100 },
    );
    expect(answer.errors).toBeUndefined();
  });

  it.each([
    [
      'pages inside pages',
      `{ analyses(first: 100) { edges { node {
        headSwapTasks(first: 100) { pageInfo { hasNextPage } } } } } }`,
      /costs 30300; at most 25000/,
    ],
    [
      'pages whose size is a variable',
      `query ($first: Int) { analyses(first: $first) { edges { node {
        headSwapTasks(first: $first) { edges { node { id } } } } } } }`,
      /costs 40300; at most 25000/,
    ],
    [
      'pages that come back to themselves, through fragments',
      `{ analyses { edges { node { ...Tasks } } } }
      fragment Tasks on Analysis { headSwapTasks { edges { node { ...Mappings analysis { persons { id } } } } } }
      fragment Mappings on HeadSwapTask { a: mappings { ...P } b: mappings { ...P } c: mappings { ...P } }
      fragment P on HeadMapping { person { id objId previewUrl } faceUrl }`,
      /costs 35260; at most 25000/,
    ],
  ])('refuses %s and says what was exceeded', async (_case, source, message) => {
    const fake = createFakeJobs();
    const answer = await ask(fake, source, { first: 100 });
    expect(codeOf(answer)).toBe('OPERATION_TOO_COMPLEX');
    expect(answer.errors?.[0]).not.toHaveProperty('path');
    expect(answer).not.toHaveProperty('data');
    expect(answer.errors?.[0]?.message).toMatch(message);
    expect([...fake.asked('list'), ...fake.asked('find')]).toEqual([]);
  });

  it('cannot be hidden behind an argument that does not fit', async () => {
    const fake = createFakeJobs();
    const answer = await ask(
      fake,
      `query ($status: JobStatus = QUEUED) {
        analyses(status: [$status]) { pageInfo { endCursor } }
        headSwapTasks(first: 100) { pageInfo { endCursor } }
      }`,
      { status: null },
    );
    expect(codeOf(answer)).toBe('INVALID_INPUT');
    expect(answer).not.toHaveProperty('data');
    expect(fake.asked('list')).toEqual([]);
  });

  it('is weighed only where the variables fit, and what is wrong with each of them is told', async () => {
    const fake = createFakeJobs();
    const query = `query ($first: Int, $status: [JobStatus!]) {
      analyses(first: $first, status: $status) { pageInfo { endCursor } } }`;
    const { errors } = await ask(fake, query, { first: '1', status: ['X', 'Y'] });
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(
      ['first', 'status', 'status'].map(() => 'INVALID_INPUT'),
    );
    expect(fake.asked('list')).toEqual([]);
  });
});

/** Resolves to what no Float can be. */
function throwingNothing(): ReturnType<typeof createFakeJobs> {
  return createFakeJobs({ creditBalance: () => Promise.resolve(Number.NaN) });
}
