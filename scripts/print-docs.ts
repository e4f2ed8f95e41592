import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '../src/config/environment.ts';
import { VARIABLE_GROUPS, VARIABLES } from '../src/config/variables.ts';
import { ERROR_MEANINGS } from '../src/graphql/format-error/error-codes.ts';
import { METRICS, mostSeries } from '../src/telemetry/metrics/catalogue.ts';
import { LABELS } from '../src/telemetry/metrics/labels.ts';

/** What of the documentation is printed from the code: the text of each file, by its path from the root. */
export async function printDocs(root: string): Promise<Map<string, string>> {
  const withTable = async (path: string, table: string): Promise<[string, string]> => [
    path,
    between(await readFile(join(root, path), 'utf8'), table, path),
  ];
  return new Map([
    await withTable('docs/configuration.md', configurationTables()),
    await withTable('docs/errors.md', errorTable()),
    await withTable('docs/metrics.md', metricTables()),
    ['.env.example', environmentExample()],
    [GUIDES, await withCode(root, await readFile(join(root, GUIDES), 'utf8'))],
  ]);
}

const GUIDES = 'docs/clients.md';

/** Puts the text of a file into the block that follows its name: ``<!-- code: docs/clients/apollo.ts -->``. */
async function withCode(root: string, page: string): Promise<string> {
  const block = /(<!-- code: (\S+) -->\n\n```\w+\n)[^]*?```/g;
  const names = new Set([...page.matchAll(block)].map(([, , name = '']) => name));
  const texts = new Map<string, string>();
  for (const name of names) texts.set(name, await readFile(join(root, name), 'utf8'));
  return page.replace(
    block,
    (_block, head: string, name: string) => `${head}${texts.get(name) ?? ''}\`\`\``,
  );
}

const START = '<!-- printed by npm run codegen: begin -->';
const END = '<!-- printed by npm run codegen: end -->';

/** Puts `printed` between the two marks of a page. */
function between(page: string, printed: string, path: string): string {
  const [head, rest = ''] = page.split(START);
  const tail = rest.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error(`${path} has lost its marks`);
  return `${head}${START}\n<!-- prettier-ignore-start -->\n\n${printed}\n<!-- prettier-ignore-end -->\n${END}${tail}`;
}

const defaults = environment.parse({});

/** As an operator would write it; empty: there is none. */
function defaultOf(name: string): string {
  const value = Object.entries(defaults).find(([one]) => one === name)?.[1];
  return value === undefined || typeof value === 'object' ? '' : String(value);
}

function variablesOf(group: string): [string, (typeof VARIABLES)[keyof typeof VARIABLES]][] {
  return Object.entries(VARIABLES).filter(([, about]) => about.group === group);
}

function configurationTables(): string {
  const parts = Object.entries(VARIABLE_GROUPS).map(([group, title]) => {
    const rows = variablesOf(group).map(([name, { meaning }]) => {
      const standard = defaultOf(name);
      return `| \`${name}\` | ${standard === '' ? '–' : `\`${standard}\``} | ${meaning} |\n`;
    });
    return `### ${title}\n\n| variable | default | meaning |\n| --- | --- | --- |\n${rows.join('')}`;
  });
  return parts.join('\n');
}

function errorTable(): string {
  const rows = Object.entries(ERROR_MEANINGS).map(
    ([code, meaning]) => `| \`${code}\` | ${meaning} |`,
  );
  return ['| code | meaning |', '| --- | --- |', ...rows, ''].join('\n');
}

function metricTables(): string {
  const metrics = Object.values(METRICS).map((about) => {
    const labels = about.labels.map((label) => `\`${label}\``).join(', ') || '–';
    return `| \`${about.name}\` | ${about.type} | ${labels} | ${mostSeries(about)} | ${about.help} |`;
  });
  const labels = Object.entries(LABELS).map(
    ([label, { values, most }]) => `| \`${label}\` | ${most} | ${values} |`,
  );
  return [
    '| metric | type | labels | series at most | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...metrics,
    '',
    '| label | values at most | which |',
    '| --- | --- | --- |',
    ...labels,
    '',
  ].join('\n');
}

function environmentExample(): string {
  const head = [
    '# Copy to .env and fill in. The gateway reads its environment only:',
    '#   npm run build && node --env-file=.env dist/main.js        docker run --env-file .env …',
    '# docs/configuration.md explains every variable. What is commented out shows its default, or an',
    '# example where there is none.',
    '',
  ];
  const parts = Object.entries(VARIABLE_GROUPS).map(([group, title]) => {
    const rows = variablesOf(group).map(([name, { example }]) => `# ${name}=${example}\n`);
    return `# ── ${title}\n${rows.join('')}`;
  });
  return `${head.join('\n')}\n${parts.join('\n')}`;
}
