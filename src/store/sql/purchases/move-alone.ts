import { sql, type RawBuilder } from 'kysely';
import type { PurchaseAttempt, PurchaseState } from '../../purchase.ts';
import type { AcceptedWrite, PurchaseOutcome } from '../../purchase-store.ts';
import { takeSequences } from '../jobs/job-rows.ts';
import type { JobTable, PurchaseTable } from '../schema/tables.ts';
import type { SqlDialect, SqlEngine, Step } from '../sql-engine.ts';
import { insertOrAdopt } from './insert-or-adopt.ts';
import { livesUntil } from './lives-until.ts';
import { HOLDS_KEY } from './purchase-verbs.ts';

/** What movePurchase is called with; see PurchaseStore. */
export interface Move {
  readonly attempt: PurchaseAttempt;
  readonly from: readonly PurchaseState[];
  readonly to: PurchaseState;
  readonly outcome: PurchaseOutcome;
}

/** What a move to ACCEPTED wrote. */
export interface Accepted {
  readonly purchase: PurchaseTable;
  readonly job: JobTable;
}

/** Any move of an attempt: no row where it may not be made. */
export function moveRow(
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
 * Moves an attempt to ACCEPTED, makes its job known and does `uses`; null where it may not be
 * moved.
 * The counter is taken first: two purchases of one team that are to have the same job look for it
 * one after the other.
 */
export async function acceptAlone(
  engine: SqlEngine,
  move: Move,
  accepted: AcceptedWrite,
  uses: readonly Step<unknown>[],
): Promise<Accepted | null> {
  const { dialect } = engine;
  const done = await engine.batch<[unknown, PurchaseTable, JobTable, ...unknown[]]>([
    { run: takeSequences(dialect, JSON.stringify([{ team: move.attempt.team }])) },
    { must: true, run: moveRow(dialect, move) },
    { must: true, run: insertOrAdopt(dialect, accepted) },
    ...uses,
  ]);
  const [, [purchase] = [], [job] = []] = done ?? [];
  return purchase && job ? { purchase, job } : null;
}
