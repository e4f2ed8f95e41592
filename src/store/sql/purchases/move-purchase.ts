import { sql, type RawBuilder } from 'kysely';
import { batched } from '../../../runtime/batched.ts';
import type { PurchaseAttempt, PurchaseState } from '../../purchase.ts';
import type { AcceptedWrite, PurchaseStore } from '../../purchase-store.ts';
import { noteUses } from '../upload-uses.ts';
import { JOB_WRITE_COLUMNS, takeSequences, toJobRow, toStoredJob } from '../jobs/job-rows.ts';
import type { JobTable, PurchaseTable } from '../schema/tables.ts';
import { prepared, type SqlDialect, type SqlEngine } from '../sql-engine.ts';
import { insertOrAdopt, insertOrAdoptFrom } from './insert-or-adopt.ts';
import { livesUntil } from './lives-until.ts';
import { acceptAlone, moveRow, type Accepted } from './move-alone.ts';
import { firstPurchase, toPurchase } from './purchase-verbs.ts';

/** The verb that moves an attempt; see PurchaseStore. */
export function movePurchase(engine: SqlEngine): PurchaseStore['movePurchase'] {
  const { db, dialect } = engine;
  const startSending = startSendingOf(engine);
  const acceptTogether = acceptTogetherOf(engine);
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
    const found =
      looksAtOthers || uses.length > 0
        ? await acceptAlone(engine, move, accepted, uses)
        : await acceptTogether({ attempt, from, accepted });
    return found && { purchase: toPurchase(found.purchase), job: toStoredJob(found.job) };
  };
}

/** Moves attempts from RESERVED to SENDING, those that come together in one statement. */
function startSendingOf({ db, dialect }: SqlEngine) {
  const start = prepared<PurchaseTable>(
    db,
    // An expression rather than the column, so that not all that are RESERVED are searched.
    (list) => sql`
      update purchase set state = 'SENDING', updated_at = ${dialect.now()}
      where attempt in (${dialect.rows(list, { attempt: 'text' })}) and (state || '') = 'RESERVED'
      returning *`,
  );
  return batched(
    async (attempts: readonly PurchaseAttempt[]) => {
      const moved = await db.executeQuery(start(attempts.map(({ attempt }) => ({ attempt }))));
      const byAttempt = new Map(moved.rows.map((row) => [row.attempt, row]));
      return attempts.map(({ attempt }) => firstPurchase([byAttempt.get(attempt)]));
    },
    ({ attempt }) => [attempt],
  );
}

/** A move to ACCEPTED that looks at no other row first, and has no uploads to note. */
interface PlainAccept {
  readonly attempt: PurchaseAttempt;
  readonly from: readonly PurchaseState[];
  readonly accepted: AcceptedWrite;
}

type AcceptRow = ReturnType<typeof toRow>;

const MADE_COLUMNS = { ...JOB_WRITE_COLUMNS, attempt: 'text', from_states: 'text' } as const;

/**
 * Moves attempts to ACCEPTED, and makes their jobs known. Those that come together share a
 * transaction, and where the engine can do it in one, the statement.
 */
function acceptTogetherOf(engine: SqlEngine): (move: PlainAccept) => Promise<Accepted | null> {
  const accept = engine.dialect.changesInWith ? inOneStatement(engine) : inSteps(engine);
  return batched(
    async (moves: readonly PlainAccept[]): Promise<(Accepted | null)[]> => {
      const done = await accept(moves.map(toRow));
      const byAttempt = new Map(done.map((each) => [each.purchase.attempt, each]));
      return moves.map(({ attempt: { attempt } }) => byAttempt.get(attempt) ?? null);
    },
    // No row may be written twice by one statement.
    ({ attempt: { attempt, team }, accepted }) => [
      attempt,
      JSON.stringify([team, accepted.job.id]),
    ],
  );
}

function toRow({ attempt: { attempt }, from, accepted }: PlainAccept) {
  return { attempt, from_states: from.join(' '), ...toJobRow({ ...accepted, seenVersion: null }) };
}

/** Whether a purchase is the one that a row of `made` is about, and in one of the states. */
const isMeant = sql`purchase.attempt = made.attempt
    and made.from_states like '%' || purchase.state || '%'`;

function setAccepted(dialect: SqlDialect): RawBuilder<unknown> {
  const now = dialect.now();
  return sql`
    update purchase set
      state = 'ACCEPTED', job_id = made.id, verdict = null, words = null, owner = null,
      updated_at = ${now}, expires_at = ${livesUntil('ACCEPTED', now)}`;
}

/** The last of a team's sequences that were taken goes to its last attempt. */
function sequenceOf(counter: string): RawBuilder<unknown> {
  return sql`${sql.ref(`${counter}.sequence`)} + 1
    - row_number() over (partition by made.team order by made.attempt)`;
}

function inOneStatement({ db, dialect }: SqlEngine) {
  const accept = prepared<Accepted>(
    db,
    // The counter is looked at before anything is locked. Those that are not moved leave a gap.
    (list) => sql`
      with counter as (${takeSequences(dialect, list)} returning team, sequence),
      made as (${dialect.rows(list, MADE_COLUMNS)}),
      moved as (
        ${setAccepted(dialect)}
        from made
        where ${isMeant} and exists (select 1 from counter)
        returning purchase.*
      ),
      kept as (${insertOrAdoptFrom(
        dialect,
        sequenceOf('counter'),
        sql`made join counter on counter.team = made.team join moved on moved.attempt = made.attempt`,
      )})
      select row_to_json(moved) as purchase, row_to_json(kept) as job
      from moved join kept on kept.team = moved.team and kept.id = moved.job_id`,
  );
  return async (rows: readonly AcceptRow[]): Promise<Accepted[]> =>
    (await db.executeQuery(accept(rows))).rows;
}

/** The jobs come first, while it is still to be seen which attempts are moved. */
function inSteps(engine: SqlEngine) {
  const { db, dialect } = engine;
  const take = prepared(db, (list) => takeSequences(dialect, list));
  const keep = prepared<JobTable>(
    db,
    (list) => sql`
      with made as (${dialect.rows(list, MADE_COLUMNS)})
      ${insertOrAdoptFrom(
        dialect,
        sequenceOf('team_counter'),
        sql`made join team_counter on team_counter.team = made.team join purchase on ${isMeant}`,
      )}`,
  );
  const move = prepared<PurchaseTable>(
    db,
    (list) => sql`
      with made as (${dialect.rows(list, MADE_COLUMNS)})
      ${setAccepted(dialect)} from made where ${isMeant} returning *`,
  );
  return async (rows: readonly AcceptRow[]): Promise<Accepted[]> => {
    const done = await engine.batch<[never, JobTable, PurchaseTable]>([
      { run: take(rows) },
      { run: keep(rows) },
      { run: move(rows) },
    ]);
    const [, jobs = [], purchases = []] = done ?? [];
    const byId = new Map(jobs.map((job) => [JSON.stringify([job.team, job.id]), job]));
    return purchases.flatMap((purchase) => {
      const job = byId.get(JSON.stringify([purchase.team, purchase.job_id]));
      return job === undefined ? [] : [{ purchase, job }];
    });
  };
}

/** The verb that makes a job known without a purchase; see PurchaseStore. */
export function adoptJob(engine: SqlEngine): PurchaseStore['adoptJob'] {
  const { dialect } = engine;
  return async (accepted) => {
    const { team } = accepted.job;
    const done = await engine.batch<[unknown, JobTable, ...unknown[]]>([
      { run: takeSequences(dialect, JSON.stringify([{ team }])) },
      { run: insertOrAdopt(dialect, accepted) },
      ...noteUses(dialect, [accepted.job]),
    ]);
    const row = done?.[1][0];
    if (row === undefined) throw new Error('A job was neither inserted nor adopted.');
    return toStoredJob(row);
  };
}
