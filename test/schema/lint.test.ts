import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMA = 'schema/schema.graphql';
const OPERATION = 'schema/operations/02-watch-analysis.graphql';

const sourceOf = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

describe('the lint of GraphQL', () => {
  let eslint: ESLint;
  beforeAll(() => {
    eslint = new ESLint({ cwd: ROOT });
  });

  /** The rules that a file breaks with one thing changed. */
  const broken = async (path: string, from: string | RegExp, to: string): Promise<string[]> => {
    const text = sourceOf(path).replace(from, to);
    expect(text, `${from} is not in ${path}`).not.toBe(sourceOf(path));
    const [result] = await eslint.lintText(text, { filePath: `${ROOT}${path}` });
    const rules = (result?.messages ?? []).map(({ ruleId }) => ruleId ?? 'syntax');
    return [...new Set(rules)].map((rule) => rule.replace('@graphql-eslint/', ''));
  };

  it.each([
    ['a type', /"""[^"]*"""\n(?=type Person)/, 'require-description'],
    ['a field', /"""[^"]*"""\n(?= +creditBalance)/, 'require-description'],
    ['an argument', /"""[^"]*"""\n(?= +first)/, 'require-description'],
    ['an input field', /"""[^"]*"""\n(?= +videoUrl: HttpUrl!\n\})/, 'require-description'],
    ['an enum value', /"""[^"]*"""\n(?= +QUEUED)/, 'require-description'],
  ])('misses the description of %s', async (_what, from, rule) => {
    expect(await broken(SCHEMA, from, '')).toEqual([rule]);
  });

  it.each([
    ['a field in another case', 'creditBalance:', 'credit_balance:', 'naming-convention'],
    ['a list that goes no way', /first: Int = 20/, 'limit: Int = 20', 'relay-arguments'],
    [
      'a deprecation without a reason',
      'Balance: Float',
      'Balance: Float @deprecated',
      'require-deprecation-reason',
    ],
  ])('finds %s in the schema', async (_what, from, to, rule) => {
    expect(await broken(SCHEMA, from, to)).toContain(rule);
  });

  it.each([
    ['a variable that is not used', '($id: ID!,', '($id: ID!, $more: Int,', 'no-unused-variables'],
    ['a fragment that is not used', /$/, 'fragment More on Person { id }', 'no-unused-fragments'],
    ['what has an id without it', /persons \{\n +id/, 'persons {', 'require-selections'],
    ['no name', 'subscription WatchAnalysis', 'subscription', 'no-anonymous-operations'],
    ['a second operation', /$/, 'query Second { creditBalance }', 'lone-executable-definition'],
    ['a field that is not there', 'progress', 'percentage', 'fields-on-correct-type'],
  ])('finds %s in an operation', async (_what, from, to, rule) => {
    expect(await broken(OPERATION, from, to)).toContain(rule);
  });
});
