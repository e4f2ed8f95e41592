import { sql, type RawBuilder } from 'kysely';
import type { PurchaseAttempt, PurchaseState } from '../../purchase.ts';
import type { AcceptedWrite, PurchaseOutcome, PurchaseStore } from '../../purchase-store.ts';
import { noteUses } from '../upload-uses.ts';
import { JOB_WRITE_COLUMNS, toJobRow, toStoredJob, takeSequences } from '../jobs/job-rows.ts';
import type { JobTable, PurchaseTable } from '../schema/tables.ts';
import type { SqlDialect, SqlEngine, Step } from '../sql-engine.ts';
import { firstPurchase, HOLDS_KEY, toPurchase } from './purchase-verbs.ts';

/** How long an attempt that bought nothing is kept for those who wait to hear of it. */
const FREED_KEEP_MS = 60 * 60 * 1000;

/** The verb that moves an attempt; see PurchaseStore. */
export function movePurchase(engine: SqlEngine): PurchaseStore['movePurchase'] {
  const { db, dialect } = engine;
  return async (attempt, from, to, outcome = {}) => {
    const { accepted } = outcome;
    const move = { attempt, from, to, outcome };
    if (accepted === undefined) {
      const purchase = firstPurchase((await moveRow(dialect, move).execute(db)).rows);
      return purchase && { purchase, job: null };
    }
    // Both are to see what others wrote while the counter was waited for.
    const looksAtOthers = !accepted.mayBeShared || from.includes('ABANDONED');
    const uses = noteUses(dialect, [accepted.job]);
    const isPlain = !looksAtOthers && uses.length === 0;
    const found =
      dialect.changesInWith && isPlain
        ? await acceptAtOnce(engine, move, accepted)
        : await acceptInSteps(engine, move, accepted, uses);
    return found && { purchase: toPurchase(found.purchase), job: toStoredJob(found.job) };
  };
}

interface Move {
  readonly attempt: PurchaseAttempt;
  readonly from: readonly PurchaseState[];
  readonly to: PurchaseState;
  readonly outcome: PurchaseOutcome;
}

interface Accepted {
  readonly purchase: PurchaseTable;
  readonly job: JobTable;
}

/** `after`: a condition that is to be looked at before anything is locked. */
function moveRow(
  dialect: SqlDialect,
  { attempt: { attempt, team, mutation, key }, from, to, outcome }: Move,
  after = sql``,
): RawBuilder<PurchaseTable> {
  const { accepted, verdict, words } = outcome;
  const now = dialect.now();
  const jobId = accepted?.job.id ?? null;
  const exclusiveId = accepted?.mayBeShared === true ? null : jobId;
  const states = JSON.stringify(from.map((state) => ({ state })));
  return sql<PurchaseTable>`
    update purchase set
      state = ${to}, job_id = ${jobId}, verdict = ${verdict ? JSON.stringify(verdict) : null},
      words = ${words ?? null},
      owner = case ${to} when 'SENDING' then owner end, updated_at = ${now}, expires_at = ${livesUntil(to, now)}
    where attempt = ${attempt} ${after}
      and state in (${dialect.rows(states, { state: 'text' })})
      and not exists (
        select 1 from purchase as other
        where other.team = ${team} and other.mutation = ${mutation} and other.job_id = ${exclusiveId}
      )
      and (state <> 'ABANDONED' or not exists (
        select 1 from purchase as holder
        where holder.team = ${team} and holder.mutation = ${mutation} and holder.key = ${key} and ${HOLDS_KEY}
      ))
    returning *`;
}

/**
 * The counter is taken first: two purchases of one team that are to have the same job look for it
 * one after the other.
 */
async function acceptInSteps(
  engine: SqlEngine,
  move: Move,
  accepted: AcceptedWrite,
  uses: readonly Step<unknown>[],
): Promise<Accepted | null> {
  const { dialect } = engine;
  const done = await engine.batch<[unknown, PurchaseTable, JobTable, ...unknown[]]>([
    takeSequences(dialect, [move.attempt.team]),
    { must: true, run: moveRow(dialect, move) },
    { must: true, run: insertOrAdopt(engine, jsonOf(accepted)) },
    ...uses,
  ]);
  const [, [purchase] = [], [job] = []] = done ?? [];
  return purchase && job ? { purchase, job } : null;
}

/** The same in one statement and one round trip, for what looks at no other row first. */
async function acceptAtOnce(
  engine: SqlEngine,
  move: Move,
  accepted: AcceptedWrite,
): Promise<Accepted | null> {
  const { db, dialect } = engine;
  const { run: take } = takeSequences(dialect, [move.attempt.team]);
  const ifMoved = sql`where exists (select 1 from moved)`;
  const done = await sql<Accepted>`
    with counter as (${take} returning team, sequence),
    moved as (${moveRow(dialect, move, sql`and exists (select 1 from counter)`)}),
    kept as (${insertOrAdopt(engine, jsonOf(accepted), { counter: 'counter', where: ifMoved })})
    select row_to_json(moved) as purchase, row_to_json(kept) as job from moved cross join kept`.execute(
    db,
  );
  return done.rows[0] ?? null;
}

/** The verb that makes a job known without a purchase; see PurchaseStore. */
export function adoptJob(engine: SqlEngine): PurchaseStore['adoptJob'] {
  const { dialect } = engine;
  return async (accepted) => {
    const { team } = accepted.job;
    const done = await engine.batch<[unknown, JobTable, ...unknown[]]>([
      takeSequences(dialect, [team]),
      { run: insertOrAdopt(engine, jsonOf(accepted)) },
      ...noteUses(dialect, [accepted.job]),
    ]);
    const row = done?.[1][0];
    if (row === undefined) throw new Error('A job was neither inserted nor adopted.');
    return toStoredJob(row);
  };
}

/**
 * Inserts the job, or, where it is known as a foreign one, makes it ours: it keeps the state that
 * was seen of it, takes over what only the caller can have said, and is due at once so that a newer
 * state is not missed. One that is ours already stays as it is.
 */
function insertOrAdopt(
  { dialect }: SqlEngine,
  json: string,
  { counter = 'team_counter', where = sql`where true` } = {},
): RawBuilder<JobTable> {
  const taken = sql.ref(counter);
  return sql<JobTable>`
    with made as (${dialect.rows(json, JOB_WRITE_COLUMNS)})
    insert into job (
      team, kind, id, made_here, status, version, sequence, created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, watched_until, has_webhook, first_seen_at, lease_until,
      lease_token
    )
    select
      made.team, kind, id, made_here, status, version, ${taken}.sequence, created_at, updated_at,
      observed_at, analysis_id, asked, doc, due_at, failures, denied_since, 0, has_webhook, first_seen_at, 0, 0
    from made join ${taken} on ${taken}.team = made.team
    ${where}
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
      // Its outcome may have been unknown for longer than that; whoever asked all the while is
      // still to hear of it.
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
  return JSON.stringify([toJobRow({ ...accepted, seenVersion: null })]);
}
