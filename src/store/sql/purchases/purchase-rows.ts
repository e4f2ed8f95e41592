import { sql } from 'kysely';
import type { Purchase, PurchaseKey } from '../../purchase.ts';
import type { PurchaseTable } from '../schema/tables.ts';
import type { SqlDialect } from '../sql-engine.ts';

/**
 * Of the innermost table. Word for word the condition of the index `purchase_key`, so that SQLite
 * sees that the index serves.
 */
export const HOLDS_KEY = sql`state in ('RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED')`;

/** The attempt that holds the key. */
export function selectHolder(dialect: SqlDialect, key: PurchaseKey) {
  return sql<PurchaseTable>`
    select * from purchase
    where team = ${key.team} and mutation = ${key.mutation} and key = ${key.key} and ${HOLDS_KEY}
      and (expires_at > ${dialect.now()} or state <> 'ACCEPTED')`;
}

/** The one purchase that was found; null: none. */
export function firstPurchase(rows: readonly PurchaseTable[]): Purchase | null {
  const [row] = rows;
  return row === undefined ? null : toPurchase(row);
}

/** A row as the store's callers know it. */
export function toPurchase(row: PurchaseTable): Purchase {
  return {
    attempt: row.attempt,
    team: row.team,
    mutation: row.mutation,
    key: row.key,
    fingerprint: row.fingerprint,
    input: row.input,
    tokenDigest: row.token_digest,
    state: row.state,
    jobId: row.job_id,
    // Written by movePurchase alone.
    isLeftBehind: row.state === 'UNKNOWN' && row.owner !== null,
    verdict: row.verdict === null ? null : JSON.parse(row.verdict),
    words: row.words,
    creditsBefore: row.credits_before === null ? null : Number(row.credits_before),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}
