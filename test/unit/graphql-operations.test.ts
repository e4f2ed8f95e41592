import { readFileSync, readdirSync } from 'node:fs';
import type { OperationDefinitionNode } from 'graphql';
import { Kind, getVariableValues, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildSchema } from '../../src/graphql/schema.ts';

const schema = buildSchema();
const folder = new URL('../../schema/operations/', import.meta.url);
const files = readdirSync(folder).toSorted();

describe('the operations of the story', () => {
  it('are numbered without a gap', () => {
    expect(files.length).toBeGreaterThan(8);
    expect(files.map((file) => Number(file.slice(0, 2)))).toEqual(files.map((_, at) => at + 1));
  });

  it.each(files)(
    '%s holds one named operation that the schema takes, and says what it shows',
    (file) => {
      const source = readFileSync(new URL(file, folder), 'utf8');
      expect(source).toMatch(/^# \S/);
      expect(validate(schema, parse(source))).toEqual([]);
      expect(operationOf(source).name?.value).toMatch(/^[A-Z]/);
    },
  );

  it.each(files)('%s has example variables that fit', (file) => {
    const source = readFileSync(new URL(file, folder), 'utf8');
    const { variableDefinitions = [] } = operationOf(source);
    const { errors } = getVariableValues(schema, variableDefinitions, examplesOf(source));
    expect(errors).toBeUndefined();
  });
});

function operationOf(source: string): OperationDefinitionNode {
  const [operation, ...others] = parse(source).definitions;
  expect(others).toEqual([]);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('An operation expected.');
  return operation;
}

/** The JSON in the comment behind `# Variables:`. */
function examplesOf(source: string): Record<string, unknown> {
  const comment = /^# Variables:\n((?:#.*\n)+)/m.exec(source)?.[1];
  return comment === undefined
    ? {}
    : z.record(z.string(), z.unknown()).parse(JSON.parse(comment.replace(/^# ?/gm, '')));
}
