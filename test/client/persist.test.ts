import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addTypenameToDocument } from '@apollo/client/utilities';
import { formatDocument, stringifyDocument } from '@urql/core';
import { buildSchema, parse, type DocumentNode } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectOperations } from '../../scripts/persist/collect-operations.ts';
import { keepAdded, mergeOperations, type Manifest } from '../../scripts/persist/manifest.ts';
import {
  createPersistedOperations,
  readPersistedOperations,
} from '../../src/server/operations/persisted/persisted-operations.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHIPPED = join(ROOT, 'schema/persisted-operations.json');
const schema = buildSchema(readFileSync(join(ROOT, 'schema/schema.graphql'), 'utf8'));

const BOARD = `
query Board($first: Int) {
  headSwapTasks(first: $first) { edges { node { ...Card } } }
}`;
const CARD = `fragment Card on HeadSwapTask { id status version failure { ...Reason } }`;
const REASON = `fragment Reason on JobFailure { reason }`;

const sourcesOf = (...texts: string[]) =>
  texts.map((text, index) => ({ name: `${'abcdef'.charAt(index)}.graphql`, text }));

function problemsIn(...texts: string[]): string[] {
  const { problems } = collectOperations(sourcesOf(...texts), schema);
  return problems.map(({ place, message }) => `${place}: ${message}`);
}

describe('the operations of a team', () => {
  it('are collected from all files, each with the fragments that it uses, and no other', () => {
    const unused = 'fragment Unused on Analysis { id }';
    const { operations, problems } = collectOperations(
      sourcesOf(
        BOARD,
        `${CARD}\n${unused}`,
        REASON,
        '{ __typename }'.replace('{', 'query Other {'),
      ),
      schema,
    );
    expect(problems).toEqual([]);
    const names = operations.map(({ document }) =>
      document.definitions.map((it) => ('name' in it ? it.name?.value : '')),
    );
    expect(names).toEqual([['Board', 'Card', 'Reason'], ['Other']]);
  });

  it('are in the manifest as Apollo Client and urql print them, and as they were written', () => {
    const { operations } = collectOperations(sourcesOf(BOARD, CARD, REASON), schema);
    const { manifest, added } = mergeOperations({}, operations);
    expect(added.map(({ name }) => name)).toEqual(['Board']);
    const persisted = createPersistedOperations(manifest);
    const written = parse(`${BOARD} ${CARD} ${REASON}`);
    const sent: DocumentNode[] = [
      written,
      addTypenameToDocument(written),
      parse(stringifyDocument(formatDocument(written) as DocumentNode)),
    ];
    for (const document of sent) expect(persisted.includes(document)).toBe(true);
    expect(persisted.textOf(added[0]?.id ?? '')).toContain('failure{...Reason __typename}');
  });

  it('are added once, and their earlier texts stay', () => {
    const first = collectOperations(sourcesOf(BOARD, CARD, REASON), schema).operations;
    const once = mergeOperations({}, first);
    const again = collectOperations(
      sourcesOf(`${REASON} ${CARD}${BOARD.replace(/\s+/g, '  ')}`),
      schema,
    );
    expect(mergeOperations(once.manifest, again.operations)).toEqual({ ...once, added: [] });
    const changed = CARD.replace('status', 'status progress');
    const later = collectOperations(sourcesOf(BOARD, changed, REASON), schema).operations;
    const twice = mergeOperations(once.manifest, later);
    expect(Object.keys(twice.manifest)).toHaveLength(2);
    expect(twice.manifest).toMatchObject(once.manifest);
  });

  it('are refused with the place of every mistake', () => {
    expect(problemsIn('query A {\n  creditBalance\n  nothing\n}', 'query B { ')).toEqual([
      'b.graphql:1:11: Syntax Error: Expected Name, found <EOF>.',
      'a.graphql:3:3: Cannot query field "nothing" on type "Query".',
    ]);
    expect(problemsIn('{ creditBalance }')).toEqual([
      'a.graphql:1:1: The operation has no name. Give it one of its own.',
    ]);
    expect(problemsIn('query A { creditBalance }', '\nquery A { creditBalance }')).toEqual([
      'b.graphql:2:1: There is another operation A, at a.graphql:1:1.',
    ]);
    expect(problemsIn(BOARD, CARD, REASON, `\n${REASON}`)).toEqual([
      'd.graphql:2:1: There is another fragment Reason, at c.graphql:1:1.',
    ]);
    expect(problemsIn('type Mine { id: ID }')).toEqual([
      'a.graphql:1:1: Only operations and fragments can be persisted, and this is neither.',
    ]);
    expect(problemsIn(BOARD, CARD)).toEqual(['b.graphql:1:64: Unknown fragment "Reason".']);
  });

  it('are named once where several operations use the fragment that is wrong', () => {
    const wrong = 'fragment Wrong on HeadSwapTask {\n  nothing\n}';
    const users = ['A', 'B'].map((name) => `query ${name} { headSwapTask(id: 1) { ...Wrong } }`);
    expect(problemsIn(wrong, ...users)).toHaveLength(1);
  });
});

describe('the code generator', () => {
  const shipped: Manifest = { new: 'query ListJobs { jobStatusCursor }' };

  it('keeps what a team has added, and nothing that it once made itself', () => {
    const earlier = { old: 'query ListJobs { creditBalance }', own: 'query Own { creditBalance }' };
    expect(keepAdded(shipped, earlier, schema)).toEqual({ ...shipped, own: earlier.own });
  });

  it('says which of those the schema no longer answers', () => {
    const earlier = { own: 'query Own { gone }' };
    expect(() => keepAdded(shipped, earlier, schema)).toThrow(/Own .*"gone".* entry, own/);
  });
});

describe('npm run persist', () => {
  let folder: string;
  let manifest: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'persist-'));
    manifest = join(folder, 'manifest.json');
    cpSync(SHIPPED, manifest);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const persist = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        [
          '--import',
          'tsx',
          join(ROOT, 'scripts/persist.ts'),
          '--manifest',
          'manifest.json',
          ...args,
        ],
        { cwd: ROOT, env: { ...process.env, INIT_CWD: folder } },
        (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });

  it('adds to the manifest, is content when asked again, and says what --check misses', async () => {
    write('board.graphql', BOARD);
    write('parts.graphql', `${CARD} ${REASON}`);
    const files = ['board.graphql', 'parts.graphql'];
    expect(await persist('--check', ...files)).toMatchObject({
      code: 1,
      out: expect.stringContaining('Board is not there'),
    });
    const { code, out } = await persist(...files);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^Board is added: [0-9a-f]{64}\nWritten: manifest.json/),
    ]);
    const after = readFileSync(manifest, 'utf8');
    const before = Object.keys(JSON.parse(readFileSync(SHIPPED, 'utf8')));
    expect(Object.keys(JSON.parse(after))).toEqual([...before, expect.any(String)]);
    expect(await persist('--check', ...files)).toMatchObject({ code: 0 });
    expect(readFileSync(manifest, 'utf8')).toBe(after);
  });

  it('takes files that begin with a byte order mark, and so does the gateway', async () => {
    write('manifest.json', '\uFEFF{}\n');
    write('board.graphql', `\uFEFF${BOARD} ${CARD} ${REASON}`);
    expect(await persist('board.graphql')).toMatchObject({ code: 0 });
    const written = readFileSync(manifest, 'utf8');
    expect(written).not.toContain('\uFEFF');
    write('manifest.json', `\uFEFF${written}`);
    expect([...readPersistedOperations(manifest).names]).toEqual(['Board']);
  });

  it('writes nothing when anything is wrong', async () => {
    write('good.graphql', 'query Good { creditBalance }');
    write('taken.graphql', 'query ListJobs { creditBalance }');
    const before = readFileSync(manifest, 'utf8');
    const taken = await persist('good.graphql', 'taken.graphql');
    expect(taken).toMatchObject({ code: 1, out: '' });
    expect(taken.err).toContain(
      "taken.graphql:1:1: ListJobs is one of the gateway's own operations",
    );
    const missing = await persist('good.graphql', 'missing.graphql');
    expect(missing.err).toContain('missing.graphql: The file cannot be read.');
    expect(await persist('--chekc', 'good.graphql')).toMatchObject({ code: 2 });
    expect(readFileSync(manifest, 'utf8')).toBe(before);
  });
});
