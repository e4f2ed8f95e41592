import { type Card, CARDS } from './cards.ts';

function rowOf(card: Card): readonly string[] {
  const where = card.actsOn.includes('task') ? 'video or face' : 'video';
  return [card.name, card.actsOn.join(', '), where, card.does];
}

function paddedRows(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths = rows[0]?.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0));
  });
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)));
}

const HEADINGS = ['card', 'acts on', 'in the URL of', 'what it does'];

/** The test cards as a table for terminals. */
export function cardsAsText(): string {
  const rows = paddedRows([HEADINGS, ...CARDS.map(rowOf)]);
  return rows.map((row) => row.join('  ').trimEnd()).join('\n');
}

/** The test cards as a Markdown table. */
export function cardsAsMarkdown(): string {
  const rows = CARDS.map((card) => rowOf({ ...card, name: `\`${card.name}\`` }));
  const [headings = [], ...padded] = paddedRows([HEADINGS, ...rows]);
  const rule = headings.map((heading) => '-'.repeat(heading.length));
  return [headings, rule, ...padded].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
