import { describe, expect, it } from 'vitest';
import { codeOf, useToyServers } from '../conformance/support/use-toy-servers.ts';

const toy = useToyServers();
const { start, post } = toy;

describe('documents', () => {
  const codes = async (query: string): Promise<unknown> => codeOf(await post({ query }));

  it.each([
    ['11 levels', nested(11)],
    ['500 levels', nested(500)],
    ['5,000 levels', nested(5_000)],
    ['5,000 levels of lists', `{ echo(text: ${'['.repeat(5_000)}) }`],
    ['11 levels through fragments', `{ ...F0 } ${fragments(11)}`],
    [
      '101 aliases of __typename',
      `{ ${Array.from({ length: 101 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
    ],
    [
      '200 aliases of __typename',
      `{ ${Array.from({ length: 200 }, (_, n) => `a${n}: __typename`).join(' ')} }`,
    ],
    [
      '200 aliases below the root',
      `{ self { ${Array.from({ length: 200 }, (_, n) => `a${n}: __typename`).join(' ')} } }`,
    ],
    ['500 times one field', `{ ${'__typename '.repeat(500)} }`],
    ['11 directives', `{ hello ${'@include(if: true) '.repeat(11)} }`],
    ['10,000 directives', `{ hello ${'@a '.repeat(10_000)} }`],
    ['fragments that multiply', fanOut(12)],
    ['four mutations', 'mutation { a: buy b: buy c: buy d: buy }'],
    [
      'four mutations through a fragment',
      'mutation { a: buy ...M } fragment M on Mutation { b: buy c: buy d: buy }',
    ],
    ['a document of 90 KB', `{ ${'hello '.repeat(15_000)} }`],
  ])('refuses %s, with 400 whatever the media type, within 1.5 s of work', async (_what, query) => {
    for (const accept of ['*/*', 'application/json', 'application/graphql-response+json']) {
      const before = process.cpuUsage();
      const answer = await post({ query }, { accept });
      expect([answer.status, codeOf(answer)]).toEqual([400, 'OPERATION_TOO_COMPLEX']);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000).toBeLessThan(1_500);
    }
    expect(toy.server.bought).toEqual([]);
  });

  it('refuses a fragment that contains itself', async () => {
    const query = '{ ...A } fragment A on Query { ...B } fragment B on Query { hello ...A }';
    expect(await codes(query)).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it.each([
    ['subscription { feed @include(if: false) }', {}],
    ['subscription ($on: Boolean!) { feed @skip(if: $on) }', { on: true }],
    ['subscription { ... @include(if: false) { feed } }', {}],
    ['subscription { ...F } fragment F on Subscription { feed @skip(if: true) }', {}],
  ])('refuses %s, of which nothing may be left to watch', async (query, variables) => {
    const events = { accept: 'text/event-stream' };
    expect((await post({ query, variables }, events)).text).toContain(
      '"code":"GRAPHQL_VALIDATION_FAILED"',
    );
    expect([toy.server.errors, toy.server.jobs.opened]).toEqual([[], 0]);
  });

  it.each([
    ['10 levels', nested(10)],
    ['20 aliases', `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: hello`).join(' ')} }`],
    ['three mutations', 'mutation { a: buy b: buy c: buy }'],
    ['1,950 nested list brackets', `{ hello @include(if: ${'['.repeat(975)}${']'.repeat(975)}) }`],
  ])('does not call %s too complex', async (_what, query) => {
    expect(await codes(query)).not.toBe('OPERATION_TOO_COMPLEX');
    expect(toy.server.errors).toEqual([]);
  });

  it('answers few of many mistakes', async () => {
    const answer = await post({ query: `{ ${'nope '.repeat(25)} }` });
    expect(JSON.parse(answer.text).errors.length).toBeLessThanOrEqual(6);
  });

  it('gives no schema away without the explorer', async () => {
    const closed = await start({ explorer: false });
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Query") { name } }']) {
      expect(codeOf(await post({ query }, {}, closed))).toBe('GRAPHQL_VALIDATION_FAILED');
    }
    for (const query of ['{ hell }', '{ hello(x: 1) }', '{ self { ech(text: "") } }']) {
      expect((await post({ query }, {}, closed)).text).not.toContain('Did you mean');
    }
    expect((await post({ query: '{ hell }' })).text).toContain('Did you mean');
    expect((await post({ query: '{ __typename }' }, {}, closed)).status).toBe(200);
  });
});

function nested(levels: number): string {
  return `${'{ self '.repeat(levels - 1)}{ hello }${' }'.repeat(levels - 1)}`;
}

function fragments(levels: number): string {
  return Array.from({ length: levels }, (_, n) =>
    n === levels - 1
      ? `fragment F${n} on Query { hello }`
      : `fragment F${n} on Query { self { ...F${n + 1} } }`,
  ).join(' ');
}

/** Ten spreads of the next fragment in each: 10 to the power of `levels` fields. */
function fanOut(levels: number): string {
  const parts = Array.from({ length: levels }, (_, n) =>
    n === levels - 1
      ? `fragment F${n} on Query { hello }`
      : `fragment F${n} on Query { ${`...F${n + 1} `.repeat(10)} }`,
  );
  return `{ ...F0 } ${parts.join(' ')}`;
}
