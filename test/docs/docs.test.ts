import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const everywhere = (pattern: RegExp): string[] =>
  PAGES.flatMap((page) => [...read(page).matchAll(pattern)].map((match) => match[1] ?? ''));

/** As the usual hosts make an anchor of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe('the documentation', () => {
  it('begins with a README of 120 lines at most', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });

  it('links to files and headings that exist', () => {
    const links = PAGES.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, target = '']) => ({
        page,
        target,
      })),
    );
    const broken = links.filter(({ page, target }) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, file))) return true;
      if (anchor === undefined) return false;
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        anchorOf(title),
      );
      return !headings.includes(anchor);
    });
    expect(links.length).toBeGreaterThan(30);
    expect(broken).toEqual([]);
  });

  it('mentions only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const mentioned = everywhere(/npm run (?:--silent )?([a-z][\w-]*(?::\w+)?)/g);
    expect(mentioned).toEqual(expect.arrayContaining(['demo', 'purchases', 'codegen']));
    expect([...new Set(mentioned)].filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('names only files of the project that exist', () => {
    const named = everywhere(
      /`((?:src|test|scripts|bench|schema|deploy|docs|examples|packages)\/[\w./-]*)`/g,
    );
    expect(named.length).toBeGreaterThan(10);
    const missing = named.filter((path) => !existsSync(join(ROOT, path)));
    expect([...new Set(missing)]).toEqual([]);
  });

  it('shows operations that fit the schema', () => {
    const schema = buildSchema(read('schema/schema.graphql'));
    const inCurl = everywhere(/\{"query":("(?:[^"\\]|\\.)*")/g).map((text) =>
      String(JSON.parse(text)),
    );
    const inScripts = everywhere(/const query = `([^`]*)`/g);
    const operations = [...inCurl, ...inScripts];
    expect(operations.length).toBeGreaterThan(8);
    for (const operation of operations) expect(validate(schema, parse(operation))).toEqual([]);
  });

  it('has a line for every result of the create', () => {
    const union = /^union CreateHeadSwapTaskResult =(.*)$/m.exec(read('schema/schema.graphql'));
    const members = (union?.[1] ?? '').split('|').map((name) => name.trim());
    const page = read('docs/purchases.md');
    expect(members).toContain('HeadSwapTask');
    expect(members.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});
