import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lexicographicSortSchema, printSchema } from 'graphql';
import config from '../codegen.ts';
import { subgraphSdl } from '../src/graphql/federation/subgraph-sdl.ts';
import { buildSchema } from '../src/graphql/schema.ts';
import {
  graphcacheOptions,
  operationDocuments,
  operationsByClientPackage,
  operationStrings,
  possibleTypes,
} from './codegen/client-files.ts';
import { keepAdded, printManifest, type Manifest } from './persist/manifest.ts';
import { printDocs } from './print-docs.ts';

/*
 * Prints the SDL, the tables of the documentation and `.env.example`, and generates the typed operations, their manifest and what
 * the client package has of them. With --check it writes nothing and exits 1 when any of them is not what it would have written.
 */

const USAGE = `Usage: npm run codegen               writes the SDL, the typed operations and their manifest
       npm run codegen -- --check    writes nothing; exits with 1 when any of them is stale

  --help   prints this
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OPERATIONS = 'schema/operations';
const TYPED_OPERATIONS = 'src/client-operations/graphql.ts';
const MANIFEST = 'schema/persisted-operations.json';
const CLIENT = 'packages/client/src/generated';
const EXAMPLE = 'examples/web/src/client/generated/graphql.ts';

/** Where each of the preset's files goes. Its `gql` tag is for operations written inside code, and has no place here. */
const DESTINATIONS: Readonly<Record<string, string>> = {
  [TYPED_OPERATIONS]: TYPED_OPERATIONS,
  'src/client-operations/persisted-documents.json': MANIFEST,
  [EXAMPLE]: EXAMPLE,
};

const flags = readFlags();
if (flags?.help) process.stdout.write(USAGE);
else if (flags !== null) await run(flags.check ?? false);

async function run(check: boolean): Promise<void> {
  const files = await generateFiles();
  const stale = await staleAmong(files);
  if (stale.length === 0) {
    console.log('Everything is up to date.');
  } else if (check) {
    console.error(`Stale: ${stale.join(', ')}. Run npm run codegen and commit what it writes.`);
    process.exitCode = 1;
  } else {
    await Promise.all(stale.map((path) => save(path, files.get(path) ?? '')));
    console.log(`Written: ${stale.join(', ')}`);
  }
}

/** Null: there are others than the usage tells of. A mistyped --check must not write. */
function readFlags() {
  try {
    const options = { check: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : 'wrong flags'}\n\n${USAGE}`);
    process.exitCode = 2;
    return null;
  }
}

/** The text of every file to be, by its path from the root. */
async function generateFiles(): Promise<Map<string, string>> {
  // It takes seconds to load, which a mistyped flag need not wait for.
  const { generate } = await import('@graphql-codegen/cli');
  const schema = lexicographicSortSchema(buildSchema());
  const sdl = `${printSchema(schema)}\n`;
  const made = new Map([
    ['schema/schema.graphql', sdl],
    ['schema/subgraph.graphql', subgraphSdl(schema)],
    ...(await printDocs(ROOT)),
  ]);
  const outputs = await generate({ ...config, schema: sdl, cwd: ROOT }, false);
  for (const { filename, content } of outputs) {
    const destination = DESTINATIONS[relative(ROOT, resolve(ROOT, filename))];
    if (destination !== undefined) made.set(destination, `${tidy(content).trimEnd()}\n`);
  }
  const missing = Object.values(DESTINATIONS).filter((path) => !made.has(path));
  if (missing.length > 0) throw new Error(`Not generated: ${missing.join(', ')}`);
  const manifest: Manifest = JSON.parse(made.get(MANIFEST) ?? '');
  const earlier: Manifest = JSON.parse((await load(MANIFEST)) ?? '{}');
  return made
    .set(MANIFEST, printManifest(keepAdded(manifest, earlier, schema)))
    .set(EXAMPLE, operationsByClientPackage(made.get(EXAMPLE) ?? ''))
    .set(`${CLIENT}/operations.ts`, operationStrings(made.get(TYPED_OPERATIONS) ?? ''))
    .set(`${CLIENT}/documents.ts`, await operationDocuments(join(ROOT, OPERATIONS), manifest))
    .set(`${CLIENT}/possible-types.ts`, possibleTypes(schema))
    .set(`${CLIENT}/graphcache.ts`, graphcacheOptions(schema));
}

/** The one `any` that the preset writes. */
function tidy(content: string): string {
  return content.replaceAll('Record<string, any>', 'Record<string, unknown>');
}

/** What is missing or differs. */
async function staleAmong(wanted: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await Promise.all(
    [...wanted].map(async ([path, text]) => ((await load(path)) === text ? [] : [path])),
  );
  return found.flat();
}

async function load(path: string): Promise<string | null> {
  try {
    return await readFile(join(ROOT, path), 'utf8');
  } catch {
    return null;
  }
}

async function save(path: string, text: string): Promise<void> {
  const file = join(ROOT, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
