import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OperationDefinitionNode } from 'graphql';
import { Kind, getVariableValues, parse, print, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildSchema } from '../../src/graphql/schema.ts';
import { readExplorerTabs } from '../../src/server/explorer/explorer-tabs.ts';

const schema = buildSchema();
const folder = new URL('../../schema/operations/', import.meta.url);
const files = readdirSync(folder).toSorted();
const tabs = await readExplorerTabs(fileURLToPath(folder));

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

  it('fill the tabs of the explorer, each with example variables that fit', () => {
    expect(tabs.length).toBe(files.length);
    for (const [at, { query, variables }] of tabs.entries()) {
      const operation = operationOf(query);
      const written = readFileSync(new URL(files[at] ?? '', folder), 'utf8');
      expect(print(operation)).toBe(print(operationOf(written)));
      expect(query).toMatch(/^# \S/);
      expect(query).not.toContain('Variables:');
      const { variableDefinitions = [] } = operation;
      expect(variables === null).toBe(variableDefinitions.length === 0);
      const examples = z.record(z.string(), z.unknown()).parse(JSON.parse(variables ?? '{}'));
      const { errors } = getVariableValues(schema, variableDefinitions, examples);
      expect(errors).toBeUndefined();
    }
  });
});

function operationOf(source: string): OperationDefinitionNode {
  const [operation, ...others] = parse(source).definitions;
  expect(others).toEqual([]);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('An operation expected.');
  return operation;
}
