import { sql, type RawBuilder } from 'kysely';
import type { PurchaseAttempt, PurchaseState } from '../../purchase.ts';
import type { AcceptedWrite, PurchaseOutcome, PurchaseStore } from '../../purchase-store.ts';
import { noteUses } from '../upload-uses.ts';
import { JOB_WRITE_COLUMNS, toJobRow, toStoredJob, takeSequences } from '../jobs/job-rows.ts';
import type { JobTable, PurchaseTable } from '../schema/tables.ts';
import { gathered, type SqlDialect, type SqlEngine, type Step } from '../sql-engine.ts';
import { firstPurchase, HOLDS_KEY, toPurchase } from './purchase-verbs.ts';

/** How long an attempt that bought nothing is kept for those who wait to hear of it. */
const FREED_KEEP_MS = 60 * 60 * 1000;

/** The verb that moves an attempt; see PurchaseStore. */
export function movePurchase(engine: SqlEngine): PurchaseStore['movePurchase'] {
  const { db, dialect } = engine;
  const startSending = startSendingOf(engine);
  const acceptAtOnce = acceptAtOnceOf(engine);
  return async (attempt, from, to, outcome = {}) => {
    const { accepted } = outcome;
    const move = { attempt, from, to, outcome };
    if (accepted === undefined) {
      const isStart = to === 'SENDING' && from.every((state) => state === 'RESERVED');
      const purchase = isStart
        ? await startSending(attempt)
        : firstPurchase((await moveRow(dialect, move).execute(db)).rows);
      return purchase && { purchase, job: null };
    }
    // Both are to see what others wrote while the counter was waited for.
    const looksAtOthers = !accepted.mayBeShared || from.includes('ABANDONED');
    const uses = noteUses(dialect, [accepted.job]);
    const isPlain = !looksAtOthers && uses.length === 0;
    const found =
      dialect.changesInWith && isPlain
        ? await acceptAtOnce({ attempt, from, accepted })
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

/** Moves attempts from RESERVED to SENDING, those that come together in one statement. */
function startSendingOf({ db, dialect }: SqlEngine) {
  return gathered(
    async (attempts: readonly PurchaseAttempt[]) => {
      const listed = JSON.stringify(attempts.map(({ attempt }) => ({ attempt })));
      const moved = await sql<PurchaseTable>`
        update purchase set state = 'SENDING', updated_at = ${dialect.now()}
        where attempt in (${dialect.rows(listed, { attempt: 'text' })}) and state = 'RESERVED'
        returning *`.execute(db);
      const byAttempt = new Map(moved.rows.map((row) => [row.attempt, row]));
      return attempts.map(({ attempt }) => firstPurchase([byAttempt.get(attempt)]));
    },
    ({ attempt }) => [attempt],
  );
}

function moveRow(
  dialect: SqlDialect,
  { attempt: { attempt, team, mutation, key }, from, to, outcome }: Move,
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
    where attempt = ${attempt} and state in (${dialect.rows(states, { state: 'text' })})
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

/** A move to ACCEPTED that looks at no other row first. */
interface PlainAccept extends Pick<Move, 'attempt' | 'from'> {
  readonly accepted: AcceptedWrite;
}

const MOVE_COLUMNS = { attempt: 'text', state: 'text', job_id: 'text' } as const;

/**
 * The same for those that look at no other row first: those that come together in one statement and
 * one round trip.
 */
function acceptAtOnceOf({ db, dialect }: SqlEngine) {
  return gathered(
    async (moves: readonly PlainAccept[]): Promise<(Accepted | null)[]> => {
      const now = dialect.now();
      const { run: take } = takeSequences(
        dialect,
        moves.map(({ attempt }) => attempt.team),
      );
      const states = moves.flatMap(({ attempt: { attempt }, from, accepted }) =>
        from.map((state) => ({ attempt, state, job_id: accepted.job.id })),
      );
      const made = moves.map(({ attempt: { attempt }, accepted }) => ({
        attempt,
        ...toJobRow({ ...accepted, seenVersion: null }),
      }));
      const madeColumns = { ...JOB_WRITE_COLUMNS, attempt: 'text' } as const;
      // The counter is looked at before anything is locked. Those that are not moved leave a gap.
      const done = await sql<Accepted>`
        with counter as (${take} returning team, sequence),
        moved as (
          update purchase set
            state = 'ACCEPTED', job_id = listed.job_id, verdict = null, words = null, owner = null,
            updated_at = ${now}, expires_at = ${livesUntil('ACCEPTED', now)}
          from (${dialect.rows(JSON.stringify(states), MOVE_COLUMNS)}) as listed
          where purchase.attempt = listed.attempt and purchase.state = listed.state
            and exists (select 1 from counter)
          returning purchase.*
        ),
        made as (${dialect.rows(JSON.stringify(made), madeColumns)}),
        kept as (${insertOrAdoptFrom(
          dialect,
          sql`counter.sequence + 1 - row_number() over (partition by made.team order by made.attempt)`,
          sql`made join counter on counter.team = made.team join moved on moved.attempt = made.attempt`,
        )})
        select row_to_json(moved) as purchase, row_to_json(kept) as job
        from moved join kept on kept.team = moved.team and kept.id = moved.job_id`.execute(db);
      const byAttempt = new Map(done.rows.map((row) => [row.purchase.attempt, row]));
      return moves.map(({ attempt: { attempt } }) => byAttempt.get(attempt) ?? null);
    },
    // No row may be written twice by one statement.
    ({ attempt: { attempt, team }, accepted }) => [
      attempt,
      JSON.stringify([team, accepted.job.id]),
    ],
  );
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
function insertOrAdopt({ dialect }: SqlEngine, json: string): RawBuilder<JobTable> {
  return sql<JobTable>`
    with made as (${dialect.rows(json, JOB_WRITE_COLUMNS)})
    ${insertOrAdoptFrom(
      dialect,
      sql`team_counter.sequence`,
      sql`made join team_counter on team_counter.team = made.team`,
    )}`;
}

/** `from`: the jobs, as `made`, with whatever their `sequence` is taken from. */
function insertOrAdoptFrom(
  dialect: SqlDialect,
  sequence: RawBuilder<unknown>,
  from: RawBuilder<unknown>,
): RawBuilder<JobTable> {
  return sql<JobTable>`
    insert into job (
      team, kind, id, made_here, status, version, sequence, created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, watched_until, has_webhook, first_seen_at, lease_until,
      lease_token
    )
    select
      made.team, kind, id, made_here, status, version, ${sequence}, made.created_at, made.updated_at,
      observed_at, analysis_id, asked, doc, due_at, failures, denied_since, 0, has_webhook, first_seen_at, 0, 0
    from ${from}
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
