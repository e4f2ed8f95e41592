import { sql } from 'kysely';
import { batched } from '../../../runtime/batched.ts';
import { MUTATION_FOR, type NewPurchase, type Purchase, type PurchaseKey } from '../../purchase.ts';
import type { PurchaseStore } from '../../purchase-store.ts';
import { isOrphan } from '../orphans.ts';
import type { PurchaseTable } from '../schema/tables.ts';
import { isStorable, prepared, type InstanceId, type SqlEngine } from '../sql-engine.ts';
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

const NEW_COLUMNS = {
  attempt: 'text',
  team: 'text',
  mutation: 'text',
  key: 'text',
  fingerprint: 'text',
  input: 'text',
  token_digest: 'text',
  keep_ms: 'int',
} as const;

function reservePurchase(
  engine: SqlEngine,
  instance: InstanceId,
): PurchaseVerbs['reservePurchase'] {
  const { db, dialect } = engine;
  const selectHolders = holdersOf(engine);
  // One statement is a transaction of its own, without the two round trips around it. In the order
  // of the keys, so that two instances cannot deadlock.
  const insert = prepared<PurchaseTable>(
    db,
    (list) => sql`
      insert into purchase (
        attempt, team, mutation, key, fingerprint, input, state, job_id, verdict, token_digest, owner, created_at,
        updated_at, expires_at
      )
      select attempt, team, mutation, key, fingerprint, input, 'RESERVED', null, null, token_digest, ${instance},
        ${dialect.now()}, ${dialect.now()}, ${dialect.now()} + keep_ms
      from (${dialect.rows(list, NEW_COLUMNS)}) as listed
      where true order by team, mutation, key
      on conflict (team, mutation, key) where ${HOLDS_KEY} do nothing
      returning *`,
  );
  const take = batched(
    async (orders: readonly NewPurchase[]) => {
      const rows = orders.map(({ tokenDigest, keepMs, ...order }) => ({
        token_digest: tokenDigest,
        ...order,
        keep_ms: keepMs,
      }));
      const taken = await db.executeQuery(insert(rows));
      const byAttempt = new Map(taken.rows.map((row) => [row.attempt, row]));
      return orders.map(({ attempt }) => firstPurchase([byAttempt.get(attempt)]));
    },
    ({ attempt }) => [attempt],
  );
  const reserve: PurchaseVerbs['reservePurchase'] = async (order) => {
    const { team, mutation, key } = order;
    if (!isStorable(key)) throw new TypeError('A key has characters that no row can hold.');
    const taken = await take(order);
    if (taken !== null) return { taken: true, purchase: taken };
    const holder = firstPurchase(
      (await db.executeQuery(selectHolders([{ team, mutation, key }]))).rows,
    );
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

function readVerbs(
  engine: SqlEngine,
): Pick<
  PurchaseVerbs,
  'readPurchase' | 'readAttempt' | 'readPurchaseByToken' | 'readPurchaseByJob' | 'listPurchases'
> {
  const { db, dialect } = engine;
  const selectHolders = holdersOf(engine);
  const selectByToken = prepared<PurchaseTable>(
    db,
    (list) => sql`
      select * from purchase where token_digest in (${dialect.rows(list, { digest: 'text' })})`,
  );
  const holderOf = batched(
    async (keys: readonly PurchaseKey[]) => {
      const listed = keys.map(({ team, mutation, key }) => ({ team, mutation, key }));
      const { rows } = await db.executeQuery(selectHolders(listed));
      const byKey = new Map(rows.map((row) => [textOf(row), row]));
      return keys.map((key) => firstPurchase([byKey.get(textOf(key))]));
    },
    () => [],
  );
  const byToken = batched(
    async (digests: readonly string[]) => {
      const { rows } = await db.executeQuery(selectByToken(digests.map((digest) => ({ digest }))));
      const byDigest = new Map(rows.map((row) => [row.token_digest, row]));
      return digests.map((digest) => firstPurchase([byDigest.get(digest)]));
    },
    () => [],
  );
  return {
    readPurchase: async (key) => (isStorable(key.key) ? holderOf(key) : null),
    readPurchaseByToken: byToken,

    async readAttempt(attempt) {
      const found = await db
        .selectFrom('purchase')
        .selectAll()
        .where('attempt', '=', attempt)
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
      if (states.length === 0) return [];
      // The states by themselves, so that Postgres sees how few purchases are in them.
      const found = await db
        .selectFrom('purchase')
        .selectAll()
        .where('state', 'in', states)
        .orderBy('created_at')
        .orderBy('team')
        .orderBy('mutation')
        .orderBy('key')
        .execute();
      return found.map(toPurchase);
    },
  };
}

/**
 * Of the innermost table. Word for word the condition of the index `purchase_key`, so that SQLite
 * sees that the index serves.
 */
export const HOLDS_KEY = sql`state in ('RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED')`;

const KEY_COLUMNS = { team: 'text', mutation: 'text', key: 'text' } as const;

/** The attempts that hold these keys. */
function holdersOf({ db, dialect }: SqlEngine) {
  return prepared<PurchaseTable>(
    db,
    // A cross join, which SQLite does not turn around.
    (list) => sql`
      select purchase.* from (${dialect.rows(list, KEY_COLUMNS)}) as listed cross join purchase
      where purchase.team = listed.team and purchase.mutation = listed.mutation and purchase.key = listed.key
        and ${HOLDS_KEY} and (expires_at > ${dialect.now()} or state <> 'ACCEPTED')`,
  );
}

function textOf({ team, mutation, key }: PurchaseKey): string {
  return JSON.stringify([team, mutation, key]);
}

/** The one purchase that was found; null: none. */
export function firstPurchase(rows: readonly (PurchaseTable | undefined)[]): Purchase | null {
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
