import { sql, type RawBuilder } from 'kysely';
import { JOB_WRITE_COLUMNS, toJobRow, toStoredJob } from './rows/job-rows.ts';
import type { SqlEngine, Step } from './sql-engine.ts';
import { isOrphan, type Owner } from './instance-id.ts';
import { isStorable } from './rows/storable.ts';
import { holdCounters, raiseCounters } from './sql-store-jobs.ts';
import { MUTATION_FOR, type Purchase, type PurchaseKey, type PurchaseState } from '../purchase.ts';
import type { AcceptedWrite, PurchaseStore } from '../purchase-store.ts';
import type { JobTable, PurchaseTable } from './rows/tables.ts';

/** How long an attempt that bought nothing is kept for those who wait to hear of it. */
const FREED_KEEP_MS = 60 * 60 * 1000;

/** Attempts deleted by one statement: few enough that it ends long before the database gives it up, whatever has piled up. */
const FORGOTTEN_AT_ONCE = 500;

/** Of the innermost table. Word for word the condition of the index `purchase_key`, so that SQLite sees that the index serves. */
const HOLDS_KEY = sql`state in ('RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED')`;

/**
 * The verbs about idempotency keys. One row is one attempt; that of one key at most one attempt holds it is a unique index. One
 * in flight (RESERVED, SENDING, UNKNOWN) holds its key past its time, too.
 */
export function purchaseVerbs(engine: SqlEngine, owner: Owner): PurchaseStore {
  const { db, dialect } = engine;

  /** The attempt that holds the key. */
  const selectHolder = (key: PurchaseKey) =>
    sql<PurchaseTable>`
      select * from purchase
      where team = ${key.team} and mutation = ${key.mutation} and key = ${key.key} and ${HOLDS_KEY}
        and (expires_at > ${dialect.now()} or state <> 'ACCEPTED')`;

  /** Deletes attempts past their time, so many at most, with their callbacks. Resolves to how many. */
  const forget = async (which: RawBuilder<unknown>): Promise<number> => {
    const past = sql`expires_at <= ${dialect.now()} and state not in ('SENDING', 'UNKNOWN') and ${which}`;
    const found = await sql<Pick<PurchaseTable, 'attempt'>>`
      select attempt from purchase where ${past} order by expires_at limit ${FORGOTTEN_AT_ONCE}`.execute(
      db,
    );
    if (found.rows.length === 0) return 0;
    const listed = dialect.rows(JSON.stringify(found.rows), { attempt: 'text' });
    const done = await engine.batch<[unknown, PurchaseTable]>([
      // An attempt that was settled meanwhile stays, and can do without them.
      { run: sql`delete from callback where attempt in (${listed})` },
      { run: sql`delete from purchase where attempt in (${listed}) and ${past} returning attempt` },
    ]);
    return done?.[1].length ?? 0;
  };

  const verbs: PurchaseStore = {
    async reservePurchase(order) {
      const { attempt, team, mutation, key, fingerprint, input, tokenDigest, keepMs } = order;
      const now = dialect.now();
      const take = sql<PurchaseTable>`
        insert into purchase (
          attempt, team, mutation, key, fingerprint, input, state, job_id, verdict, token_digest, owner, created_at,
          updated_at, expires_at
        )
        values (
          ${attempt}, ${team}, ${mutation}, ${key}, ${fingerprint}, ${input}, 'RESERVED', null, null, ${tokenDigest},
          ${owner}, ${now}, ${now}, ${now} + ${keepMs}
        )
        on conflict (team, mutation, key) where ${HOLDS_KEY} do nothing
        returning *`;
      const done = await engine.batch<[PurchaseTable, PurchaseTable]>([
        { run: take },
        { run: selectHolder(order) },
      ]);
      const row = done?.[1][0];
      if (row === undefined) {
        // Who held the key is past its time, or gave it back between the two statements.
        await forget(
          sql`team = ${team} and mutation = ${mutation} and key = ${key} and ${HOLDS_KEY}`,
        );
        return verbs.reservePurchase(order);
      }
      return { taken: done?.[0].length === 1, purchase: toPurchase(row) };
    },

    async readPurchase(key) {
      if (!isStorable(key.key)) return null;
      return firstPurchase((await selectHolder(key).execute(db)).rows);
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

    async movePurchase({ attempt, team, mutation, key }, from, to, { accepted, verdict } = {}) {
      const now = dialect.now();
      const jobId = accepted?.job.id ?? null;
      const exclusiveId = accepted?.mayBeShared === true ? null : jobId;
      const states = JSON.stringify(from.map((state) => ({ state })));
      const move: Step<PurchaseTable> = {
        must: true,
        run: sql`
          update purchase set
            state = ${to}, job_id = ${jobId}, verdict = ${verdict ? JSON.stringify(verdict) : null},
            owner = case ${to} when 'SENDING' then owner end, updated_at = ${now}, expires_at = ${livesUntil(to, now)}
          where attempt = ${attempt}
            and state in (${dialect.rows(states, { state: 'text' })})
            and not exists (
              select 1 from purchase as other
              where other.team = ${team} and other.mutation = ${mutation} and other.job_id = ${exclusiveId}
            )
            and (state <> 'ABANDONED' or not exists (
              select 1 from purchase as holder
              where holder.team = ${team} and holder.mutation = ${mutation} and holder.key = ${key} and ${HOLDS_KEY}
            ))
          returning *`,
      };
      if (accepted === undefined) {
        const [row] = (await engine.batch<[PurchaseTable]>([move]))?.[0] ?? [];
        return row === undefined ? null : { purchase: toPurchase(row), job: null };
      }
      // The counter is held first: two purchases of one team that are to have the same job look for it one after the other.
      const done = await engine.batch<[unknown, PurchaseTable, JobTable, unknown]>([
        holdCounters(dialect, [team]),
        move,
        { must: true, run: insertOrAdopt(engine, jsonOf(accepted)) },
        raiseCounters(dialect, [team]),
      ]);
      const purchaseRow = done?.[1][0];
      const jobRow = done?.[2][0];
      if (purchaseRow === undefined || jobRow === undefined) return null;
      return { purchase: toPurchase(purchaseRow), job: toStoredJob(jobRow) };
    },

    async adoptJob(accepted) {
      const { team } = accepted.job;
      const done = await engine.batch<[unknown, JobTable, unknown]>([
        holdCounters(dialect, [team]),
        { run: insertOrAdopt(engine, jsonOf(accepted)) },
        raiseCounters(dialect, [team]),
      ]);
      const row = done?.[1][0];
      if (row === undefined) throw new Error('A job was neither inserted nor adopted.');
      return toStoredJob(row);
    },

    async recoverPurchases() {
      const left = isOrphan('purchase', dialect, owner);
      const recovered = await sql<PurchaseTable>`
        update purchase
        set state = case state when 'SENDING' then 'UNKNOWN' else 'NOT_SENT' end, updated_at = ${dialect.now()}
        where state in ('RESERVED', 'SENDING') and owner is distinct from ${owner} and ${left}
        returning *`.execute(db);
      return recovered.rows.map(toPurchase);
    },

    async listPurchases(states) {
      const listed = JSON.stringify(states.map((state) => ({ state })));
      const found = await sql<PurchaseTable>`
        select * from purchase where state in (${dialect.rows(listed, { state: 'text' })})
        order by created_at, team, mutation, key`.execute(db);
      return found.rows.map(toPurchase);
    },

    async expirePurchases() {
      let forgotten = 0;
      for (;;) {
        const last = await forget(sql`1 = 1`);
        forgotten += last;
        if (last < FORGOTTEN_AT_ONCE) return forgotten;
      }
    },
  };
  return verbs;
}

/**
 * Inserts the job, or, where it is known as a foreign one, makes it ours: it keeps the state that was seen of it, takes
 * over what only the caller can have said, and is due at once so that a newer state is not missed. One that is ours already
 * stays as it is.
 */
function insertOrAdopt({ dialect }: SqlEngine, json: string) {
  return sql<JobTable>`
    with made as (${dialect.rows(json, JOB_WRITE_COLUMNS)})
    insert into job (
      team, kind, id, made_here, status, version, sequence, created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, watched_until, has_webhook, first_seen_at, lease_until,
      lease_token
    )
    select
      made.team, kind, id, made_here, status, version, team_counter.sequence + 1, created_at, updated_at,
      observed_at, analysis_id, asked, doc, due_at, failures, denied_since, 0, has_webhook, first_seen_at, 0, 0
    from made join team_counter on team_counter.team = made.team
    where true
    on conflict (team, kind, id) do update set
      made_here = 1,
      version = job.version + 1 - job.made_here,
      sequence = coalesce(job.sequence, excluded.sequence),
      updated_at = case job.made_here when 1 then job.updated_at else excluded.updated_at end,
      analysis_id = case job.made_here when 1 then job.analysis_id else excluded.analysis_id end,
      asked = case job.made_here when 1 then job.asked else excluded.asked end,
      has_webhook = case job.made_here when 1 then job.has_webhook else excluded.has_webhook end,
      due_at = case when job.status in ('QUEUED', 'PROCESSING') then ${dialect.now()} else null end
    returning *`;
}

/** Until when an attempt is kept that is moved now. */
function livesUntil(to: PurchaseState, now: RawBuilder<number>): RawBuilder<number> {
  switch (to) {
    case 'ACCEPTED':
      // Its outcome may have been unknown for longer than that; whoever asked all the while is still to hear of it.
      return sql`${now} + expires_at - created_at`;
    case 'REJECTED':
    case 'NOT_SENT':
      return sql`case when expires_at < ${now} + ${FREED_KEEP_MS} then expires_at else ${now} + ${FREED_KEEP_MS} end`;
    case 'RESERVED':
    case 'SENDING':
    case 'UNKNOWN':
    case 'ABANDONED':
      return sql`expires_at`;
  }
}

function jsonOf(accepted: AcceptedWrite): string {
  return JSON.stringify([toJobRow({ ...accepted, seenVersion: null }, 0)]);
}

function firstPurchase(rows: readonly PurchaseTable[]): Purchase | null {
  const [row] = rows;
  return row === undefined ? null : toPurchase(row);
}

function toPurchase(row: PurchaseTable): Purchase {
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
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}
