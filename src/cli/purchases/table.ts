import type { Purchase } from '../../store/purchase.ts';
import { orderedIn, orderedText, type Ordered } from './ordered.ts';

/** A purchase as it may be shown. */
export interface Row {
  readonly team: string;
  readonly mutation: string;
  readonly key: string;
  /** UNKNOWN, or SENDING: its request is under way, or a gateway ended with it. */
  readonly state: string;
  /** Since when it is in that state; ISO 8601. */
  readonly since: string;
  readonly ordered: Ordered;
}

/** What may be shown of a purchase. */
export function toRow(purchase: Purchase): Row {
  const { team, mutation, key, state, updatedAt } = purchase;
  const since = new Date(updatedAt).toISOString();
  return { team, mutation, key, state, since, ordered: orderedIn(purchase) };
}

/** The rows as a table with headings. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.team,
    row.mutation,
    row.key,
    row.state,
    row.since,
    orderedText(row.ordered),
  ]);
  const all = [['TEAM', 'MUTATION', 'KEY', 'STATE', 'SINCE', 'ORDERED'], ...cells];
  const widths = (all[0] ?? []).map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}
