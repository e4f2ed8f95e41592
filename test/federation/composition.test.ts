import { readFileSync } from 'node:fs';
import {
  assertCompositionFailure,
  assertCompositionSuccess,
  composeServices,
} from '@theguild/federation-composition';
import { buildSchema, isObjectType, parse, validate } from 'graphql';
import { expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const gateway = read('schema/subgraph.graphql');
const orders = read('examples/federation/orders.graphql');

const compose = (...sources: string[]) =>
  composeServices(
    sources.map((source, index) => ({
      name: `subgraph-${index}`,
      url: `http://127.0.0.1/${index}`,
      typeDefs: parse(source),
    })),
  );

it('composes alone, and with a subgraph that refers to its jobs and adds to them', () => {
  assertCompositionSuccess(compose(gateway));
  const result = compose(gateway, orders);
  assertCompositionSuccess(result);
  const api = buildSchema(result.publicSdl);
  const task = api.getType('HeadSwapTask');
  expect(isObjectType(task) && Object.keys(task.getFields())).toEqual(
    expect.arrayContaining(['outputUrl', 'order', 'version']),
  );
  const across = parse('{ orders { customer analysis { status persons { objId } } } }');
  expect(validate(api, across)).toEqual([]);
});

it("gives its types away to nobody: a subgraph that has a task's field of its own is told so", () => {
  const thief = orders.replace('order: Order', 'order: Order\n  outputUrl: HttpUrl');
  const result = compose(gateway, `${thief}\nscalar HttpUrl`);
  assertCompositionFailure(result);
  expect(result.errors.map(({ extensions }) => extensions['code'])).toEqual([
    'INVALID_FIELD_SHARING',
  ]);
});

it("shares Relay's PageInfo with subgraphs that have lists, too", () => {
  const lists =
    'type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }';
  const source = orders
    .replace('import: ["@key"]', 'import: ["@key", "@shareable"]')
    .replace('orders: [Order!]!', 'orders: [Order!]!\n  page: PageInfo!');
  expect(compose(gateway, `${source}\n${lists}`).errors ?? []).toEqual([]);
});
