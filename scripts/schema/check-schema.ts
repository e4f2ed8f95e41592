import { buildSchema } from 'graphql';
import { unnamedChanges } from './changelog.ts';
import { undatedDeprecations } from './deprecations.ts';
import { schemaChanges } from './schema-changes.ts';

/** What a check of the schema has to say, in paragraphs. */
export interface SchemaReport {
  /** What must not be landed. */
  readonly problems: readonly string[];
  /** What to think about. */
  readonly remarks: readonly string[];
}

/** What is to be checked: SDL, the text of the changelog, and the day as YYYY-MM-DD. */
export interface SchemaTexts {
  readonly released: string;
  readonly present: string;
  readonly changelog: string;
  readonly today: string;
}

/** Holds the schema against the one that was released last, and the changelog against both. */
export async function checkSchema(texts: SchemaTexts): Promise<SchemaReport> {
  const released = buildSchema(texts.released);
  const present = buildSchema(texts.present);
  const changes = await schemaChanges(released, present, texts.today);
  const of = (level: string): string[] =>
    changes
      .filter((change) => change.level === level)
      .map(({ coordinate, message }) => `${coordinate}: ${message}.`);
  const paragraph = (head: string, lines: readonly string[], advice: string): string[] =>
    lines.length === 0 ? [] : [[head, ...lines.map((line) => `  ${line}`), advice].join('\n')];
  return {
    problems: [
      ...paragraph(
        'These changes break callers of the last release:',
        of('BREAKING'),
        'Add beside what is there, and deprecate that: @deprecated(reason: "Use … instead. Removed after YYYY-MM-DD."). It may go once it was released so and the day has passed.',
      ),
      ...paragraph(
        'These deprecations name no day:',
        undatedDeprecations(present),
        'End the reason with "Removed after YYYY-MM-DD."',
      ),
      ...paragraph(
        'CHANGELOG.md does not name these changes under "Unreleased", "Schema":',
        unnamedChanges(changes, present, texts.changelog),
        'Add a line that names each in backticks, as in `HeadSwapTask.outputUrl`.',
      ),
    ],
    remarks: paragraph(
      'These changes may surprise callers of the last release:',
      of('DANGEROUS'),
      'Say in CHANGELOG.md what a client has to be ready for.',
    ),
  };
}
