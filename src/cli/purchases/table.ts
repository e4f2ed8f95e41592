import type { Purchase } from '../../store/purchase.ts';
import { summaryOf, summaryText, type OrderSummary } from './order-summary.ts';

/** A purchase as it may be shown. */
export interface Row {
  readonly team: string;
  readonly mutation: string;
  readonly key: string;
  /** UNKNOWN, or SENDING: its request is under way, or a gateway ended with it. */
  readonly state: string;
  /** Since when it is in that state; ISO 8601. */
  readonly since: string;
  /** The account's credits just before the create; null: not known. */
  readonly creditsBefore: number | null;
  /** The same at this moment; null: AKOOL does not tell. */
  readonly creditsNow: number | null;
  readonly ordered: OrderSummary;
}

/** What may be shown of a purchase. `creditsNow`: its account's. */
export function toRow(purchase: Purchase, creditsNow: number | null): Row {
  const { team, mutation, key, state, updatedAt, creditsBefore } = purchase;
  const since = new Date(updatedAt).toISOString();
  const ordered = summaryOf(purchase);
  return { team, mutation, key, state, since, creditsBefore, creditsNow, ordered };
}

/** The rows as a table with headings. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.team,
    row.mutation,
    row.key,
    row.state,
    row.since,
    figure(row.creditsBefore),
    figure(row.creditsNow),
    summaryText(row.ordered),
  ]);
  const all = [
    ['TEAM', 'MUTATION', 'KEY', 'STATE', 'SINCE', 'CREDITS BEFORE', 'NOW', 'ORDERED'],
    ...cells,
  ];
  const widths = (all[0] ?? []).map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function figure(credits: number | null): string {
  return credits === null ? '?' : String(credits);
}
