import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Who may import whom, type imports counted. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  domain: ['runtime'],
  config: [],
  upstream: ['runtime', 'domain'],
  store: ['runtime', 'domain'],
  jobs: ['runtime', 'domain', 'upstream', 'store'],
  graphql: ['runtime', 'domain', 'upstream', 'store', 'jobs'],
  server: ['runtime', 'domain', 'jobs', 'graphql'],
  sandbox: [],
  gql: [],
  app: ['runtime', 'domain', 'config', 'upstream', 'store', 'jobs', 'graphql', 'server', 'sandbox'],
  cli: ['runtime', 'domain', 'config', 'upstream', 'store', 'jobs', 'server', 'gql', 'app'],
  'main.ts': ['runtime', 'config', 'store', 'server', 'app'],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(SRC, name));

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const relatives = source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...relatives].map(([, path]) => join(dirname(file), path ?? ''));
}

const folderOf = (file: string): string => relative(SRC, file).split('/')[0] ?? '';

it('finds the imports it is to judge', () => {
  expect(importsOf(join(SRC, 'main.ts')).map((file) => relative(SRC, file))).toContain(
    'app/app.ts',
  );
  expect(files.length).toBeGreaterThan(100);
});

it('imports point one way only', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => {
        const [from, to] = [folderOf(file), folderOf(imported)];
        return from !== to && !MAY_IMPORT[from]?.includes(to);
      })
      .map((imported) => `${relative(SRC, file)} imports ${relative(SRC, imported)}`),
  );
  expect(wrong).toEqual([]);
});

it('imports make no circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const circle = [...path.slice(path.indexOf(file)), file];
      circles.push(circle.map((each) => relative(SRC, each)).join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const imported of importsOf(file)) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

it('what reaches out of the process has its place', () => {
  const places: [RegExp, readonly string[]][] = [
    [/\bprocess\.env\b/, ['config']],
    [/\bfetch\(|from '(undici|ws|node:net|node:tls)'/, ['upstream', 'server', 'sandbox', 'cli']],
    [/from '(kysely|pg|@photostructure\/sqlite)'/, ['store']],
    [/\bconsole\./, []],
  ];
  const wrong = files.flatMap((file) =>
    places
      .filter(([pattern, allowed]) => {
        const source = readFileSync(file, 'utf8').replace(/^\s*(\*|\/\/).*$/gm, '');
        return pattern.test(source) && !allowed.includes(folderOf(file));
      })
      .map(([pattern]) => `${relative(SRC, file)} has ${pattern}`),
  );
  expect(wrong).toEqual([]);
});

it('no file of ours is over 300 lines', () => {
  const long = files
    .filter((file) => folderOf(file) !== 'gql')
    .filter((file) => readFileSync(file, 'utf8').split('\n').length > 301);
  expect(long.map((file) => relative(SRC, file))).toEqual([]);
});
