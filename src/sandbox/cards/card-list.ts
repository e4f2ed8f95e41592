import type { Card } from './card.ts';
import { CARD_GROUPS, CARDS } from './cards.ts';

const HEADINGS = ['card', 'acts on', 'in the URL of', 'what it does'];

function rowOf(card: Card): readonly string[] {
  const where = card.actsOn.includes('task') ? 'video or face' : 'video';
  return [card.name, card.actsOn.join(', '), where, card.does];
}

/** Pads every cell to the width of its column. */
function padded(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths = rows[0]?.map((_, column) => {
    return Math.max(...rows.map((row) => row[column]?.length ?? 0));
  });
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)));
}

/** The test cards for terminals: one table, with a line above each group. */
export function cardsAsText(): string {
  const [headings = '', ...rows] = padded([HEADINGS, ...CARDS.map(rowOf)]).map((row) => {
    return row.join('  ').trimEnd();
  });
  const lines = CARD_GROUPS.flatMap(({ title, cards }) => {
    return ['', title, ...rows.splice(0, cards.length).map((row) => `  ${row}`)];
  });
  return [`  ${headings}`, ...lines].join('\n');
}

/** The test cards in Markdown: a heading and a table for each group. */
export function cardsAsMarkdown(): string {
  return CARD_GROUPS.map(({ title, cards }) => {
    const rows = cards.map((card) => rowOf({ ...card, name: `\`${card.name}\`` }));
    const [headings = [], ...body] = padded([HEADINGS, ...rows]);
    const rule = headings.map((heading) => '-'.repeat(heading.length));
    const table = [headings, rule, ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
    return `### ${title}\n\n${table}`;
  }).join('\n\n');
}
