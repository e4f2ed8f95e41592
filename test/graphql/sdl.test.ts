import { readFileSync } from 'node:fs';
import {
  buildSchema as buildFromSdl,
  findBreakingChanges,
  findDangerousChanges,
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

  it('is the one in schema/schema.graphql', () => {
    const printed = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
    expect(printed).toBe(`${printSchema(lexicographicSortSchema(buildSchema()))}\n`);
  });
});
