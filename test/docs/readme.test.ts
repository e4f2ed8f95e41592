import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { environment } from '../../src/config/environment.ts';
import { isErrorCode } from '../../src/graphql/format-error/error-codes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');

/** What is below a heading, up to the next one of its level. */
function section(title: string): string {
  const text = README.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (text === undefined) throw new Error(`The README has no section "${title}"`);
  return text;
}

/** The cells of a section's table, row by row, without its head. */
function table(title: string): string[][] {
  const rows = section(title)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  return rows.slice(2);
}

const unquoted = (cell = ''): string => cell.replace(/^`(.*)`$/, '$1');

describe('the README', () => {
  it('names only files and folders that exist, and every folder of src', () => {
    const tree = /```\n(.*?)```/s.exec(section('Source tree'))?.[1] ?? '';
    const parents: string[] = [];
    const named = tree.split('\n').flatMap((line) => {
      const [, indent = '', name = ''] = /^( *)(\S+)/.exec(line) ?? [];
      if (name === '') return [];
      parents.length = indent.length / 2;
      parents.push(name);
      return [parents.join('')];
    });
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `src/${name}/`);
    expect(folders.filter((folder) => !named.includes(folder))).toEqual([]);
  });

  it('has every environment variable with its default, and no other', () => {
    const defaults = new Map(Object.entries(environment.parse({})));
    const written = new Map(
      table('Configuration').map(([name, value]) => [unquoted(name), unquoted(value)]),
    );
    expect(new Set(written.keys())).toEqual(new Set(Object.keys(environment.shape)));
    for (const [name, value] of written) {
      const standard = String(defaults.get(name) ?? '');
      expect(`${name}=${value}`).toBe(`${name}=${standard === '' ? '–' : standard}`);
    }
  });

  it('shares its environment variables with .env.example', () => {
    const example = [...read('.env.example').matchAll(/^# ([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(new Set(example)).toEqual(new Set(Object.keys(environment.shape)));
  });

  it('has every error code, and no other', () => {
    const catalogue = /export type ErrorCode =(.*?);/s.exec(read('src/domain/errors.ts'))?.[1];
    const codes = [...(catalogue ?? '').matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
    expect(codes.every(isErrorCode)).toBe(true);
    const written = table('Error codes').map(([code]) => unquoted(code));
    expect(new Set(written)).toEqual(new Set(codes));
  });

  it('has a line for every result of the create', () => {
    const schema = read('schema/schema.graphql');
    const union = /^union CreateHeadSwapTaskResult =(.*)$/m.exec(schema)?.[1] ?? '';
    const members = union.split('|').map((name) => name.trim());
    const written = table('Buying safely: one key, one purchase').map(([result]) => result ?? '');
    expect(members).toContain('HeadSwapTask');
    expect(members.filter((name) => !written.join().includes(`\`${name}\``))).toEqual([]);
  });

  it('mentions only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const mentioned = [...README.matchAll(/npm (?:run ([\w:-]+)|(start|test))/g)].map(
      ([, script, short]) => script ?? short ?? '',
    );
    expect(mentioned).toEqual(expect.arrayContaining(['start', 'test', 'demo', 'purchases']));
    expect(mentioned.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('links to files that exist', () => {
    const targets = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
      ([, path]) => path ?? '',
    );
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('shows operations that fit the schema', () => {
    const schema = buildSchema(read('schema/schema.graphql'));
    const inCurl = [...README.matchAll(/\{"query":("(?:[^"\\]|\\.)*")/g)].map(([, text]) =>
      String(JSON.parse(text ?? '')),
    );
    const inScripts = [...README.matchAll(/const query = `([^`]*)`/g)].map(
      ([, text]) => text ?? '',
    );
    const operations = [...inCurl, ...inScripts];
    expect(operations.length).toBeGreaterThan(4);
    for (const operation of operations) {
      expect(validate(schema, parse(operation))).toEqual([]);
    }
  });
});
