import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkSchema } from './schema/check-schema.ts';

/* Holds schema/schema.graphql against schema/released.graphql, the one of the last release. */

const USAGE = `Usage: npm run check:schema                 exits with 1 at a breaking change, an undated deprecation,
                                            or a change that CHANGELOG.md does not name
       npm run check:schema -- --released   exits with 1 when there is any difference: for a release

  --help   prints this
`;

const ROOT = new URL('..', import.meta.url);

const flags = readFlags();
if (flags?.help) process.stdout.write(USAGE);
else if (flags !== null) await run(flags.released ?? false);

function readFlags() {
  try {
    const options = { released: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : 'wrong flags'}\n\n${USAGE}`);
    process.exitCode = 2;
    return null;
  }
}

async function run(isRelease: boolean): Promise<void> {
  const [released, present, changelog] = await Promise.all(
    ['schema/released.graphql', 'schema/schema.graphql', 'CHANGELOG.md'].map((path) =>
      readFile(fileURLToPath(new URL(path, ROOT)), 'utf8'),
    ),
  );
  const today = new Date().toISOString().slice(0, 10);
  const { problems, remarks } = await checkSchema({
    released: released ?? '',
    present: present ?? '',
    changelog: changelog ?? '',
    today,
  });
  const unprepared =
    isRelease && released !== present
      ? ['schema/released.graphql is not the schema of this release: npm run prepare-release.']
      : [];
  for (const remark of remarks) console.log(remark);
  for (const problem of [...problems, ...unprepared]) {
    console.error(problem);
    process.exitCode = 1;
  }
}
