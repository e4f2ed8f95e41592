import { readdirSync, readFileSync } from 'node:fs';
import { getOperationAST, OperationTypeNode, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/domain/errors.ts';
import { createContext } from '../../src/graphql/context.ts';
import { noMedia } from '../../src/media/no-media.ts';
import { formatError } from '../../src/graphql/format-error/format-error.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createCompiledQueries } from '../../src/server/operations/compiled-queries.ts';
import { createDescribeErrors } from '../../src/server/operations/describe-errors.ts';
import { createExecution, type Execution } from '../../src/server/operations/execution.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { aCompletedAnalysis, aTask, createFakeJobs } from '../support/jobs/fake-jobs.ts';

const schema = buildSchema();
const caller = { team: 'team-1', expiresAt: null };
const folder = new URL('../../schema/operations/', import.meta.url);

const warnings: unknown[] = [];
const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => warnings.push(fields) };

const executionWith = (compileAtSight: number, compiledOperations = 100): Execution =>
  createExecution({
    explorer: false,
    compiled: createCompiledQueries({
      schema,
      log,
      limits: { compileAtSight, compiledOperations },
    }),
    clock: systemClock,
    limits: { queryMs: 10_000, mutationMs: 10_000 },
  });

const trace = { requestId: 'r', report: () => 'r' };
const describeErrors = createDescribeErrors(formatError);

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

const analysis = aCompletedAnalysis();
const task = aTask({ status: 'COMPLETED', progress: 100, outputUrl: 'https://example.com/ü.mp4' });
const failed = aTask({
  id: 'task-2',
  status: 'FAILED',
  failure: { reason: 'no', code: 7 },
  request: null,
});

function jobsOf(script: Partial<Jobs> = {}): Jobs {
  const jobs = createFakeJobs(script);
  jobs.add(analysis, task, failed);
  return jobs;
}

const down = (): Promise<never> => Promise.reject(new StoreUnavailableError('Away.'));
const broken = (): Promise<never> => Promise.reject(new Error('the-secret-inside'));

const worlds: Record<string, Jobs> = {
  'all is well': jobsOf(),
  'everything is at hand': jobsOf({ recent: () => task }),
  'the store is away': jobsOf({ find: down, known: down, list: down, sequence: down }),
  'a read is broken': jobsOf({ find: broken, known: broken, list: broken }),
  'a job is of another kind': jobsOf({ find: () => Promise.resolve(analysis) }),
  'one of several is refused': jobsOf({
    find: ({ id }) =>
      id === 'task-1'
        ? Promise.resolve(task)
        : Promise.reject(new GatewayError('NOT_FOUND', 'No such job.')),
  }),
  'a list is short of a row': jobsOf({ list: () => Promise.resolve([analysis, analysis]) }),
};

const story = readdirSync(folder)
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .filter((text) => getOperationAST(parse(text))?.operation === OperationTypeNode.QUERY);

const documents: readonly string[] = [
  ...story,
  '{ __typename }',
  '{ a: __typename b: jobStatusCursor creditBalance }',
  'query ($id: ID!) { headSwapTask(id: $id) { id status progress version outputUrl createdAt } }',
  'query ($id: ID!) { headSwapTask(id: $id) { ...T ... on Job { updatedAt } } } fragment T on HeadSwapTask { id failure { reason code } analysis { id persons { id objId previewUrl } video { fps } } mappings { faceUrl person { id previewUrl } } }',
  'query ($id: ID!, $yes: Boolean!) { headSwapTask(id: $id) { id @include(if: $yes) status @skip(if: $yes) } }',
  'query ($yes: Boolean!) { headSwapTask(id: "task-1") @include(if: $yes) { ...F } headSwapTask(id: "task-1") { id } } fragment F on HeadSwapTask { status }',
  'query ($yes: Boolean!) { headSwapTask(id: "task-1") { status @include(if: $yes) id status } }',
  'query ($id: ID!, $yes: Boolean = true) { headSwapTask(id: $id) { id @include(if: $yes) } }',
  '{ a: headSwapTask(id: "task-1") { id } b: headSwapTask(id: "task-2") { id status } c: headSwapTask(id: "nobody") { id } }',
  '{ analysis(id: "analysis-1") { id headSwapTasks(first: 2) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }',
  'query ($first: Int, $after: String) { headSwapTasks(first: $first, after: $after) { edges { cursor node { id analysis { id } } } pageInfo { hasNextPage } } }',
  'query ($statuses: [JobStatus!]) { analyses(status: $statuses, first: 1) { edges { node { id persons { previewUrl } } } } }',
  'query A { __typename } query B { jobStatusCursor }',
  'query ($id: ID!) { __proto__: headSwapTask(id: $id) { __proto__: id status } constructor: __typename toString: jobStatusCursor }',
];

const variableSets: readonly Record<string, unknown>[] = [
  {},
  { id: 'task-1', yes: true },
  { id: 'analysis-1', yes: false, first: 2, statuses: ['COMPLETED'] },
  { id: 'task-2', yes: null, first: 0, after: 'nonsense', statuses: 'COMPLETED' },
  { id: 12, yes: 'yes', first: 1.5, statuses: ['NOPE'] },
  { id: null, first: null, after: null, statuses: null },
  { id: ['task-1'], first: 1_000 },
];

describe('compiled operations', () => {
  it.each(documents)('answer as graphql-js does: %s', async (text) => {
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    const compiled = executionWith(1);
    const plain = executionWith(Number.POSITIVE_INFINITY);
    const operationName = document.definitions.length > 2 ? 'B' : undefined;
    const answer = async (execution: Execution, jobs: Jobs, variableValues: object) => {
      const contextValue = createContext(caller, jobs, noMedia);
      const args = { schema, document, contextValue, variableValues: { ...variableValues } };
      const result = await execution.query({ ...args, operationName });
      return JSON.stringify(describeErrors.result(result, trace));
    };
    await answer(compiled, worlds['all is well'] ?? jobsOf(), {});
    await settle();
    for (const [world, jobs] of Object.entries(worlds)) {
      for (const variables of variableSets) {
        const told = await answer(compiled, jobs, variables);
        expect([world, variables, told]).toEqual([
          world,
          variables,
          await answer(plain, jobs, variables),
        ]);
        expect(told).not.toContain('the-secret-inside');
      }
    }
    expect(warnings).toEqual([]);
  });

  it('are those seen often enough, and no mutation', async () => {
    const compiled = createCompiledQueries({
      schema,
      log,
      limits: { compileAtSight: 3, compiledOperations: 2 },
    });
    const ran = (text: string): ((times: number) => Promise<boolean>) => {
      const document = parse(text);
      return async (times) => {
        let last = false;
        for (let n = 0; n < times; n += 1) {
          const contextValue = createContext(caller, jobsOf(), noMedia);
          last = compiled.run({ schema, document, contextValue }) !== null;
          await settle();
        }
        return last;
      };
    };
    const query = ran('{ __typename }');
    expect(await query(3)).toBe(false);
    expect(await query(1)).toBe(true);
    expect(await ran('mutation { __typename }')(5)).toBe(false);
    // Two are kept, the ones that ran last.
    for (const text of ['{ a: __typename }', '{ b: __typename }']) {
      expect(await ran(text)(4)).toBe(true);
    }
    expect(await query(1)).toBe(false);
    expect(await query(3)).toBe(true);
  });
});
