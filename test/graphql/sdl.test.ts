import { readFileSync } from 'node:fs';
import type { GraphQLNamedType } from 'graphql';
import {
  buildSchema as buildFromSdl,
  findBreakingChanges,
  findDangerousChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/graphql/schema.ts';

const ours = buildFromSdl(printSchema(buildSchema()));
const contract = buildFromSdl(
  readFileSync(new URL('../support/contract.graphql', import.meta.url), 'utf8'),
);

describe('the SDL', () => {
  it('changes nothing of the contract that could break a caller, in either direction', () => {
    expect(findBreakingChanges(contract, ours)).toEqual([]);
    expect(findDangerousChanges(contract, ours)).toEqual([]);
    expect(findBreakingChanges(ours, contract)).toEqual([]);
    expect(findDangerousChanges(ours, contract)).toEqual([]);
  });

  it('differs from the contract in its descriptions alone', () => {
    const bare = (schema: typeof ours): string =>
      print(
        visit(parse(printSchema(lexicographicSortSchema(schema))), {
          enter: (node) =>
            'description' in node ? { ...node, description: undefined } : undefined,
        }),
      );
    expect(bare(ours)).toBe(bare(contract));
  });

  it('describes every type, field, argument, enum value and input field', () => {
    const named = Object.values(ours.getTypeMap()).filter(
      (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
    );
    const elements = named.flatMap(elementsOf);
    expect(elements.length).toBeGreaterThan(150);
    expect(elements.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  });

  it('is the one in schema/schema.graphql', () => {
    const printed = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
    expect(printed).toBe(`${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
  });
});

interface Element {
  readonly name: string;
  readonly description?: string | null | undefined;
}

function elementsOf(type: GraphQLNamedType): Element[] {
  const within = (owner: string, parts: readonly Element[]): Element[] =>
    parts.map(({ name, description }) => ({ name: `${owner}.${name}`, description }));
  if (isEnumType(type)) return [type, ...within(type.name, type.getValues())];
  if (isInputObjectType(type)) return [type, ...within(type.name, Object.values(type.getFields()))];
  if (!isObjectType(type) && !isInterfaceType(type)) return [type];
  const fields = Object.values(type.getFields());
  return [
    type,
    ...within(type.name, fields),
    ...fields.flatMap((field) => within(`${type.name}.${field.name}`, field.args)),
  ];
}
