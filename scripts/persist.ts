import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildSchema, type GraphQLSchema } from 'graphql';
import {
  collectOperations,
  type OperationProblem,
  type SourceFile,
} from './persist/collect-operations.ts';
import {
  mergeOperations,
  printManifest,
  type AddedOperation,
  type Manifest,
} from './persist/manifest.ts';

/* Takes a team's own operations into the manifest of persisted operations, for a gateway with PERSISTED_ONLY. */

const USAGE = `Usage: npm run persist -- FILE…             takes the operations of these .graphql files into the manifest
       npm run persist -- --check FILE…     writes nothing; exits with 1 when one of them is not in it

Fragments may be in other files than the operations that use them: name all of them.

  --manifest FILE   the manifest; schema/persisted-operations.json unless given
  --help            prints this
`;

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** npm runs scripts in the package's folder, wherever it was called. */
const HERE = process.env['INIT_CWD'] ?? process.cwd();

const flags = readFlags();
if (flags?.values.help) process.stdout.write(USAGE);
else if (flags !== null) await run(flags.positionals, flags.values);

function readFlags() {
  try {
    const options = {
      check: { type: 'boolean' },
      manifest: { type: 'string' },
      help: { type: 'boolean' },
    } as const;
    const parsed = parseArgs({ options, allowPositionals: true });
    if (parsed.positionals.length === 0 && !parsed.values.help)
      throw new Error('No file is named.');
    return parsed;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : 'wrong flags'}\n\n${USAGE}`);
    process.exitCode = 2;
    return null;
  }
}

async function run(
  paths: readonly string[],
  flags: { check?: boolean | undefined; manifest?: string | undefined },
): Promise<void> {
  const path =
    flags.manifest === undefined
      ? `${ROOT}schema/persisted-operations.json`
      : resolve(HERE, flags.manifest);
  const schema = buildSchema(readText(`${ROOT}schema/schema.graphql`));
  const manifest: Manifest = JSON.parse(readText(path));
  const { files, problems: unreadable } = readFiles(paths);
  const { operations, problems: wrong } = collectOperations(files, schema);
  const problems = [...unreadable, ...wrong];
  if (problems.length > 0) return refuse(problems);
  if (operations.length === 0)
    return refuse([{ place: paths.join(', '), message: 'No operation.' }]);
  const { manifest: merged, added } = mergeOperations(manifest, operations);
  const shipped = await shippedNames(schema);
  const taken = added.filter(({ name }) => shipped.has(name));
  if (taken.length > 0) return refuse(taken.map(nameTaken));
  for (const { name } of operations) {
    const one = added.find((operation) => operation.name === name);
    console.log(
      one === undefined
        ? `${name} is there.`
        : `${name} is ${flags.check ? 'not there' : 'added'}: ${one.id}`,
    );
  }
  if (added.length === 0) return;
  if (flags.check) {
    process.exitCode = 1;
  } else {
    await writeFile(path, printManifest(merged));
    console.log(`Written: ${relative(HERE, path)}. A gateway reads it when it starts.`);
  }
}

function refuse(problems: readonly OperationProblem[]): void {
  for (const { place, message } of problems) console.error(`${place}: ${message}`);
  console.error('Nothing was written.');
  process.exitCode = 1;
}

function nameTaken({ name, place }: AddedOperation): OperationProblem {
  const message = `${name} is one of the gateway's own operations, and this is another. Give it another name.`;
  return { place, message };
}

/** Without the byte order mark that some editors put before a text. */
function readText(path: string): string {
  return new TextDecoder().decode(readFileSync(path));
}

/** The text of each file, and those that cannot be read. */
function readFiles(paths: readonly string[]) {
  const files: SourceFile[] = [];
  const problems: OperationProblem[] = [];
  for (const name of new Set(paths)) {
    try {
      files.push({ name, text: readText(resolve(HERE, name)) });
    } catch {
      problems.push({ place: name, message: 'The file cannot be read.' });
    }
  }
  return { files, problems };
}

/** The names of the operations in schema/operations. */
async function shippedNames(schema: GraphQLSchema): Promise<ReadonlySet<string>> {
  const folder = `${ROOT}schema/operations`;
  const paths = (await readdir(folder)).map((name) => `${folder}/${name}`);
  const { operations } = collectOperations(readFiles(paths).files, schema);
  return new Set(operations.map(({ name }) => name));
}
