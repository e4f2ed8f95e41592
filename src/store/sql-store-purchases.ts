import { sql } from 'kysely';
import type { JobKind } from '../domain/job.ts';
import { JOB_WRITE_COLUMNS, toJobRow, toStoredJob } from './job-rows.ts';
import type { SqlEngine, Step } from './sql-engine.ts';
import { isOrphan, type Owner } from './sql-owner.ts';
import { isStorable } from './storable.ts';
import { holdCounters, raiseCounters } from './sql-store-jobs.ts';
import type { Purchase, PurchaseKey, PurchaseMutation, Store } from './store.ts';
import type { JobTable, PurchaseTable } from './tables.ts';

type PurchaseVerbs = Pick<
  Store,
  | 'reservePurchase'
  | 'readPurchase'
  | 'readPurchaseByToken'
  | 'readPurchaseByJob'
  | 'movePurchase'
  | 'recoverPurchases'
  | 'listPurchases'
  | 'expirePurchases'
>;

const MUTATION_OF: Readonly<Record<JobKind, PurchaseMutation>> = {
  ANALYSIS: 'submitAnalysis',
  HEAD_SWAP_TASK: 'createHeadSwapTask',
};

/** The verbs about idempotency keys. A record in flight (RESERVED, SENDING, UNKNOWN) holds its key past its time too. */
export function purchaseVerbs(engine: SqlEngine, owner: Owner): PurchaseVerbs {
  const { db, dialect } = engine;

  const select = (key: PurchaseKey) =>
    sql<PurchaseTable>`
      select * from purchase
      where team = ${key.team} and mutation = ${key.mutation} and key = ${key.key}`;

  const verbs: PurchaseVerbs = {
    async reservePurchase(order) {
      const { team, mutation, key, fingerprint, input, tokenDigest, keepMs } = order;
      const now = dialect.now();
      const take = sql<PurchaseTable>`
        insert into purchase (
          team, mutation, key, fingerprint, input, state, job_id, token_digest, owner, created_at, updated_at,
          expires_at
        )
        values (
          ${team}, ${mutation}, ${key}, ${fingerprint}, ${input}, 'RESERVED', null, ${tokenDigest}, ${owner},
          ${now}, ${now}, ${now} + ${keepMs}
        )
        on conflict (team, mutation, key) do update set
          fingerprint = excluded.fingerprint, input = excluded.input, state = excluded.state,
          job_id = excluded.job_id, token_digest = excluded.token_digest, owner = excluded.owner,
          created_at = excluded.created_at, updated_at = excluded.updated_at, expires_at = excluded.expires_at
        where purchase.state in ('REJECTED', 'NOT_SENT')
          or (purchase.state = 'ACCEPTED' and purchase.expires_at <= ${now})
        returning *`;
      const done = await engine.batch<[PurchaseTable, PurchaseTable]>([
        { run: take },
        { run: select(order) },
      ]);
      const row = done?.[1][0];
      // Where transactions run side by side, the record that held the key may be deleted between the two statements.
      if (row === undefined) return verbs.reservePurchase(order);
      return { taken: done?.[0].length === 1, purchase: toPurchase(row) };
    },

    async readPurchase(key) {
      if (!isStorable(key.key)) return null;
      const found = await sql<PurchaseTable>`${select(key)}
        and (expires_at > ${dialect.now()} or state in ('RESERVED', 'SENDING', 'UNKNOWN'))`.execute(
        db,
      );
      return firstPurchase(found.rows);
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
        .where('mutation', '=', MUTATION_OF[kind])
        .where('job_id', '=', id)
        .execute();
      return firstPurchase(found);
    },

    async movePurchase(key, from, to, accepted) {
      const jobId = accepted?.job.id ?? null;
      const exclusiveId = accepted?.mayBeShared === true ? null : jobId;
      const states = JSON.stringify(from.map((state) => ({ state })));
      const move: Step<PurchaseTable> = {
        must: true,
        run: sql`
          update purchase set state = ${to}, job_id = ${jobId}, updated_at = ${dialect.now()}
          where team = ${key.team} and mutation = ${key.mutation} and key = ${key.key}
            and state in (${dialect.rows(states, { state: 'text' })})
            and (${to} <> 'SENDING' or owner = ${owner})
            and not exists (
              select 1 from purchase as other
              where other.team = ${key.team} and other.mutation = ${key.mutation} and other.job_id = ${exclusiveId}
            )
          returning *`,
      };
      if (accepted === undefined) {
        const [row] = (await engine.batch<[PurchaseTable]>([move]))?.[0] ?? [];
        return row === undefined ? null : { purchase: toPurchase(row), job: null };
      }
      const json = JSON.stringify([toJobRow({ ...accepted, seenVersion: null }, 0)]);
      // The counter is held first: two purchases of one team that are to have the same job look for it one after the other.
      const done = await engine.batch<[unknown, PurchaseTable, JobTable, unknown]>([
        holdCounters(dialect, [key.team]),
        move,
        { must: true, run: insertOrAdopt(engine, json) },
        raiseCounters(dialect, [key.team]),
      ]);
      const purchaseRow = done?.[1][0];
      const jobRow = done?.[2][0];
      if (purchaseRow === undefined || jobRow === undefined) return null;
      return { purchase: toPurchase(purchaseRow), job: toStoredJob(jobRow) };
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
      const expired = sql`expires_at <= ${dialect.now()} and state not in ('SENDING', 'UNKNOWN')`;
      const done = await engine.batch<[unknown, PurchaseTable]>([
        {
          run: sql`delete from callback where (team, mutation, key) in (
            select team, mutation, key from purchase where ${expired})`,
        },
        { run: sql`delete from purchase where ${expired} returning key` },
      ]);
      return done?.[1].length ?? 0;
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

function firstPurchase(rows: readonly PurchaseTable[]): Purchase | null {
  const [row] = rows;
  return row === undefined ? null : toPurchase(row);
}

function toPurchase(row: PurchaseTable): Purchase {
  return {
    team: row.team,
    mutation: row.mutation,
    key: row.key,
    fingerprint: row.fingerprint,
    input: row.input,
    tokenDigest: row.token_digest,
    state: row.state,
    jobId: row.job_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}
