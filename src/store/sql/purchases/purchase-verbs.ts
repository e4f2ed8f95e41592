import { sql } from 'kysely';
import { MUTATION_FOR, type Purchase, type PurchaseKey } from '../../purchase.ts';
import type { PurchaseStore } from '../../purchase-store.ts';
import { isOrphan } from '../orphans.ts';
import type { PurchaseTable } from '../schema/tables.ts';
import { isStorable, type InstanceId, type SqlDialect, type SqlEngine } from '../sql-engine.ts';
import { forgetAll, forgetSome } from './forget-purchases.ts';

/** All but those that write a job, too: see move-purchase.ts. */
type PurchaseVerbs = Omit<PurchaseStore, 'movePurchase' | 'adoptJob'>;

/**
 * The verbs about idempotency keys. One row is one attempt; that of one key at most one attempt
 * holds it is a unique index. One in flight (RESERVED, SENDING, UNKNOWN) holds its key past its
 * time, too.
 */
export function purchaseVerbs(engine: SqlEngine, instance: InstanceId): PurchaseVerbs {
  const { db, dialect } = engine;
  return {
    ...readVerbs(engine),
    reservePurchase: reservePurchase(engine, instance),
    expirePurchases: () => forgetAll(engine),

    async noteCredits(attempts, credits) {
      const listed = JSON.stringify(attempts.map((attempt) => ({ attempt })));
      await sql`
        update purchase set credits_before = ${String(credits)}
        where attempt in (${dialect.rows(listed, { attempt: 'text' })})`.execute(db);
    },

    async recoverPurchases() {
      const left = isOrphan('purchase', dialect, instance);
      const recovered = await sql<PurchaseTable>`
        update purchase
        set state = case state when 'SENDING' then 'UNKNOWN' else 'NOT_SENT' end, updated_at = ${dialect.now()}
        where state in ('RESERVED', 'SENDING') and owner is distinct from ${instance} and ${left}
        returning *`.execute(db);
      return recovered.rows.map(toPurchase);
    },
  };
}

function reservePurchase(
  engine: SqlEngine,
  instance: InstanceId,
): PurchaseVerbs['reservePurchase'] {
  const { db, dialect } = engine;
  const reserve: PurchaseVerbs['reservePurchase'] = async (order) => {
    const { attempt, team, mutation, key, fingerprint, input, tokenDigest, keepMs } = order;
    const now = dialect.now();
    const take = sql<PurchaseTable>`
      insert into purchase (
        attempt, team, mutation, key, fingerprint, input, state, job_id, verdict, token_digest, owner, created_at,
        updated_at, expires_at
      )
      values (
        ${attempt}, ${team}, ${mutation}, ${key}, ${fingerprint}, ${input}, 'RESERVED', null, null, ${tokenDigest},
        ${instance}, ${now}, ${now}, ${now} + ${keepMs}
      )
      on conflict (team, mutation, key) where ${HOLDS_KEY} do nothing
      returning *`;
    // One statement is a transaction of its own, without the two round trips around it.
    const taken = firstPurchase((await take.execute(db)).rows);
    if (taken !== null) return { taken: true, purchase: taken };
    const holder = firstPurchase((await selectHolder(dialect, order).execute(db)).rows);
    if (holder !== null) return { taken: false, purchase: holder };
    // Who held the key is past its time, or gave it back between the two statements.
    await forgetSome(
      engine,
      sql`team = ${team} and mutation = ${mutation} and key = ${key} and ${HOLDS_KEY}`,
    );
    return reserve(order);
  };
  return reserve;
}

function readVerbs({
  db,
  dialect,
}: SqlEngine): Pick<
  PurchaseVerbs,
  'readPurchase' | 'readAttempt' | 'readPurchaseByToken' | 'readPurchaseByJob' | 'listPurchases'
> {
  return {
    async readPurchase(key) {
      if (!isStorable(key.key)) return null;
      return firstPurchase((await selectHolder(dialect, key).execute(db)).rows);
    },

    async readAttempt(attempt) {
      const found = await db
        .selectFrom('purchase')
        .selectAll()
        .where('attempt', '=', attempt)
        .execute();
      return firstPurchase(found);
    },

    async readPurchaseByToken(tokenDigest) {
      const found = await db
        .selectFrom('purchase')
        .selectAll()
        .where('token_digest', '=', tokenDigest)
        .execute();
      return firstPurchase(found);
    },

    async readPurchaseByJob({ team, kind, id }) {
      if (!isStorable(id)) return null;
      const found = await db
        .selectFrom('purchase')
        .selectAll()
        .where('team', '=', team)
        .where('mutation', '=', MUTATION_FOR[kind])
        .where('job_id', '=', id)
        .execute();
      return firstPurchase(found);
    },

    async listPurchases(states) {
      const listed = JSON.stringify(states.map((state) => ({ state })));
      const found = await sql<PurchaseTable>`
        select * from purchase where state in (${dialect.rows(listed, { state: 'text' })})
        order by created_at, team, mutation, key`.execute(db);
      return found.rows.map(toPurchase);
    },
  };
}

/**
 * Of the innermost table. Word for word the condition of the index `purchase_key`, so that SQLite
 * sees that the index serves.
 */
export const HOLDS_KEY = sql`state in ('RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED')`;

/** The attempt that holds the key. */
function selectHolder(dialect: SqlDialect, key: PurchaseKey) {
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
