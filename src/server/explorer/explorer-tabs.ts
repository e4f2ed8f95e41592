import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A tab of the explorer, as GraphiQL takes it. */
export interface ExplorerTab {
  readonly query: string;
  /** JSON; null for an operation that takes none. */
  readonly variables: string | null;
}

/** The comment, up to the operation, that holds the JSON of example variables. */
const EXAMPLES = /^#\n# Variables:\n((?:#.*\n)+)/m;

/**
 * The `.graphql` files of `folder`, in the order of their names. The JSON behind `# Variables:`
 * moves from a file's comment into the tab's variables. Rejects when the folder cannot be read.
 */
export async function readExplorerTabs(folder: string): Promise<ExplorerTab[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();
  return Promise.all(names.map(async (name) => tabOf(await readFile(join(folder, name), 'utf8'))));
}

function tabOf(source: string): ExplorerTab {
  const comment = EXAMPLES.exec(source)?.[1];
  return comment === undefined
    ? { query: source, variables: null }
    : {
        query: source.replace(EXAMPLES, ''),
        variables: comment.replace(/^# ?/gm, '').trimEnd(),
      };
}
