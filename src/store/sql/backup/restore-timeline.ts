import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { PurchaseKey } from '../../purchase.ts';
import type { PurchaseTable } from '../schema/tables.ts';
import type { SqlEngine } from '../sql-engine.ts';

/** A key that has bought, or may have: while a database knows of it, it buys nothing more. */
export interface BuyingKey extends PurchaseKey {
  /** SENDING and UNKNOWN: nobody knows yet whether it has. */
  readonly state: 'SENDING' | 'UNKNOWN' | 'ACCEPTED';
  /** AKOOL's `_id`; present exactly when ACCEPTED. */
  readonly jobId: string | null;
  /** Since when it is in that state. */
  readonly since: number;
}

/** What a database knows, as far as a restore is about it. */
export interface Timeline {
  readonly keys: readonly BuyingKey[];
  /** The latest instant that anything in it is from; 0: it is empty. */
  readonly asOf: number;
}

/**
 * More changes than any job has: a job of a restored database has a higher version than the same
 * job ever had in the timeline that was given up.
 */
const VERSIONS_AHEAD = 10_000;

/** Reads it. Throws what the engine throws, also for a database that is not the gateway's. */
export async function readTimeline({ db, dialect }: SqlEngine): Promise<Timeline> {
  const keys = await sql<
    Pick<PurchaseTable, 'team' | 'mutation' | 'key' | 'job_id' | 'updated_at'> &
      Pick<BuyingKey, 'state'>
  >`
    select team, mutation, key, state, job_id, updated_at from purchase
    where state in ('SENDING', 'UNKNOWN') or (state = 'ACCEPTED' and expires_at > ${dialect.now()})
    order by updated_at, team, mutation, key`.execute(db);
  const latest = await sql<{ readonly latest: number | null }>`
    select max(latest) as latest from (
      select max(updated_at) as latest from job
      union all select max(updated_at) from purchase
      union all select max(checked_at) from meta
    ) as instants`.execute(db);
  return {
    keys: keys.rows.map(({ team, mutation, key, state, job_id, updated_at }) => ({
      team,
      mutation,
      key,
      state,
      jobId: job_id,
      since: updated_at,
    })),
    asOf: latest.rows[0]?.latest ?? 0,
  };
}

/**
 * Makes a restored database one of its own: the cursors of the timeline that was given up are not
 * taken for its, and no version of a job is one that a caller has seen in another state.
 */
export async function beginTimeline(engine: SqlEngine): Promise<void> {
  await engine.batch([
    { run: sql`update meta set store_id = ${randomUUID()}` },
    { run: sql`update job set version = version + ${VERSIONS_AHEAD}` },
  ]);
}
