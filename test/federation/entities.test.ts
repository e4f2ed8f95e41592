import { execute, Kind, parse } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { createContext } from '../../src/graphql/context.ts';
import { createCostCheck } from '../../src/graphql/operation-cost.ts';
import { buildSubgraph } from '../../src/graphql/schema.ts';
import { noMedia } from '../../src/media/no-media.ts';
import { aCompletedAnalysis, aTask, createFakeJobs } from '../support/jobs/fake-jobs.ts';

const schema = buildSubgraph();
const checkCost = createCostCheck(schema);
const ENTITIES = `query ($r: [_Any!]!) { _entities(representations: $r) {
  __typename
  ... on Analysis { id status persons { objId } }
  ... on HeadSwapTask { id status analysis { id } }
} }`;

const references = (__typename: string, ids: readonly string[]) =>
  ids.map((id) => ({ __typename, id }));

describe('references of a router', () => {
  let jobs: ReturnType<typeof createFakeJobs>;
  beforeEach(() => {
    jobs = createFakeJobs();
  });

  const ask = async (r: readonly unknown[], source = ENTITIES) =>
    execute({
      schema,
      document: parse(source),
      variableValues: { r },
      contextValue: createContext({ team: 'team-1', expiresAt: null }, jobs, noMedia),
    });

  it('cost one read of the store, however many they are, and none of AKOOL', async () => {
    const ids = Array.from({ length: 50 }, (_none, index) => `analysis-${index}`);
    const tasks = Array.from({ length: 50 }, (_none, index) => `task-${index}`);
    jobs.add(...ids.map((id) => aCompletedAnalysis({ id })), ...tasks.map((id) => aTask({ id })));
    const { data, errors } = await ask(
      [...references('Analysis', ids), ...references('HeadSwapTask', tasks)],
      '{ _entities(representations: $r) { __typename ... on Job { id } } }'.replace(
        '{',
        'query ($r: [_Any!]!) {',
      ),
    );
    expect(errors).toBeUndefined();
    expect(data?.['_entities']).toEqual([
      ...references('Analysis', ids),
      ...references('HeadSwapTask', tasks),
    ]);
    expect(jobs.asked('known')).toHaveLength(1);
    expect(jobs.asked('find')).toEqual([]);
  });

  it('are answered in their order, null where nothing is known, and each by its own kind', async () => {
    jobs.add(aCompletedAnalysis(), aTask());
    const { data, errors } = await ask([
      { __typename: 'HeadSwapTask', id: 'task-1' },
      { __typename: 'Analysis', id: 'unknown' },
      { __typename: 'Analysis', id: 'task-1' },
      { __typename: 'Analysis', id: 'analysis-1', videoUrl: 'https://example.com/ignored' },
    ]);
    expect(errors).toBeUndefined();
    expect(data?.['_entities']).toEqual([
      expect.objectContaining({ __typename: 'HeadSwapTask', id: 'task-1' }),
      null,
      null,
      {
        __typename: 'Analysis',
        id: 'analysis-1',
        status: 'COMPLETED',
        persons: [{ objId: 0 }, { objId: 1 }],
      },
    ]);
  });

  it.each([
    ['another type', { __typename: 'Person', id: 'analysis-1:0' }],
    ['no type', { id: 'analysis-1' }],
    ['no id', { __typename: 'Analysis' }],
    ['an id that is no text', { __typename: 'Analysis', id: { toString: 'analysis-1' } }],
    ['an id that is too long', { __typename: 'Analysis', id: 'a'.repeat(256) }],
    ['a text', 'analysis-1'],
  ])('are refused with %s, without taking the others with them', async (_what, wrong) => {
    jobs.add(aCompletedAnalysis());
    const { data, errors } = await ask([wrong, { __typename: 'Analysis', id: 'analysis-1' }]);
    expect(data?.['_entities']).toEqual([null, expect.objectContaining({ id: 'analysis-1' })]);
    expect(
      errors?.map(({ path, originalError }) => [path, Reflect.get(Object(originalError), 'code')]),
    ).toEqual([[['_entities', 0], 'INVALID_INPUT']]);
  });

  it('cost what the rows of a page cost', () => {
    const document = parse(ENTITIES);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is no operation.');
    const weigh = (count: number) => (): void =>
      checkCost(document, operation, { r: references('Analysis', Array(count).fill('a')) });
    expect(weigh(1_000)).not.toThrow();
    expect(weigh(5_000)).toThrow(/costs \d+; at most 25000/);
  });
});
