import { sql, type RawBuilder } from 'kysely';
import { JOB_KEY_COLUMNS, JOB_WRITE_COLUMNS, toJob, toJobRow, toStoredJob } from './job-rows.ts';
import type { SqlDialect, SqlEngine, Step } from './sql-engine.ts';
import { pageOfJobs } from './sql-job-list.ts';
import { isStorable } from './storable.ts';
import type { Store } from './store.ts';
import type { JobTable } from './tables.ts';

type JobVerbs = Pick<
  Store,
  'readJobs' | 'writeJobs' | 'listJobs' | 'readChanges' | 'readUnfinished' | 'readSequence'
>;

/** The verbs about the jobs themselves. */
export function jobVerbs(engine: SqlEngine): JobVerbs {
  const { db, dialect } = engine;
  return {
    async readJobs(keys) {
      const known = keys
        .filter(({ id }) => isStorable(id))
        .map(({ team, kind, id }) => ({ team, kind, id }));
      if (known.length === 0) return [];
      const found = await sql<JobTable>`
        select job.* from (${dialect.rows(JSON.stringify(known), JOB_KEY_COLUMNS)}) as wanted
        join job on job.team = wanted.team and job.kind = wanted.kind and job.id = wanted.id`.execute(
        db,
      );
      return found.rows.map(toStoredJob);
    },

    async writeJobs(writes) {
      if (writes.length === 0) return [];
      const changed = writes.filter(({ job, seenVersion }) => job.version !== seenVersion);
      const teams = changed.filter(({ job }) => job.madeHere).map(({ job }) => job.team);
      const done = await engine.batch([
        holdCounters(dialect, teams),
        { run: writeRows(dialect, JSON.stringify(writes.map(toJobRow))) },
        raiseCounters(dialect, teams),
      ]);
      return (done?.[1] ?? []).map(toStoredJob);
    },

    async listJobs(query) {
      if (query.statuses?.length === 0 || !isStorable(query.analysisId ?? '')) return [];
      const found = await pageOfJobs(db, query).execute();
      return found.map(toJob);
    },

    async readChanges(team, after, limit) {
      const found = await db
        .selectFrom('job')
        .selectAll()
        .where('team', '=', team)
        .where('sequence', '>', after)
        .orderBy('sequence')
        .limit(limit)
        .execute();
      return found.map(toStoredJob);
    },

    async readUnfinished(team) {
      // Literals, so that the planner sees that the index of unfinished jobs holds them all.
      const found = await sql<JobTable>`
        select * from job
        where team = ${team} and made_here = 1 and status in ('QUEUED', 'PROCESSING')
        order by sequence`.execute(db);
      return found.rows.map(toStoredJob);
    },

    async readSequence(team) {
      const counter = await db
        .selectFrom('team_counter')
        .select('sequence')
        .where('team', '=', team)
        .executeTakeFirst();
      return counter?.sequence ?? 0;
    },
  };
}

/**
 * Makes the transaction the only one that hands out sequences in these teams until it commits. Changes therefore become
 * visible in the order of their sequence, and a reader that pages by it cannot miss one that commits late.
 */
export function holdCounters(dialect: SqlDialect, teams: readonly string[]): Step<unknown> {
  return {
    run: sql`
      insert into team_counter (team, sequence)
      select distinct team, 0 from (${teamRows(dialect, teams)}) as listed where true order by team
      on conflict (team) do update set sequence = team_counter.sequence`,
  };
}

/** Brings the held counters up to the sequences that were handed out. */
export function raiseCounters(dialect: SqlDialect, teams: readonly string[]): Step<unknown> {
  return {
    run: sql`
      update team_counter
      set sequence = (select coalesce(max(job.sequence), 0) from job where job.team = team_counter.team)
      where team in (${teamRows(dialect, teams)})`,
  };
}

function teamRows(dialect: SqlDialect, teams: readonly string[]): RawBuilder<unknown> {
  const distinct = [...new Set(teams)].map((team) => ({ team }));
  return dialect.rows(JSON.stringify(distinct), { team: 'text' });
}

/**
 * Inserts and updates in one statement, so that all rows of the call are locked in one order. `won` are the writes whose
 * writer saw the present version under a lease that still holds; each of them that makes a new version of a job made here
 * counts, in the order of the call, from the team's counter on. A write of the version it saw (`excluded.version =
 * job.version`) leaves everything but observed_at and the schedule alone.
 */
function writeRows(dialect: SqlDialect, json: string): RawBuilder<JobTable> {
  return sql<JobTable>`
    with seen as (${dialect.rows(json, JOB_WRITE_COLUMNS)}),
    held as (
      select team, kind, id, version, sequence, status, lease_token from job
      where (team, kind, id) in (select team, kind, id from seen) ${dialect.lockInOrder}
    ),
    won as (
      select seen.*, held.sequence as old_sequence,
        case when seen.made_here = 1 and seen.version is distinct from held.version then 1 else 0 end as counts
      from seen left join held
        on held.team = seen.team and held.kind = seen.kind and held.id = seen.id
      where case
        when seen.seen_version is null then held.id is null
        else held.version = seen.seen_version and held.status in ('QUEUED', 'PROCESSING')
          and (seen.lease is null or seen.lease = held.lease_token)
      end
    )
    insert into job (
      team, kind, id, made_here, status, version, sequence, created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, watched_until, has_webhook, lease_until, lease_token
    )
    select
      won.team, kind, id, made_here, status, version,
      case when counts = 1
        then team_counter.sequence + sum(counts) over (partition by won.team order by place)
        else old_sequence end,
      created_at, updated_at, observed_at, analysis_id,
      asked, doc, due_at, failures, denied_since, 0, has_webhook, 0, coalesce(lease, 0)
    from won left join team_counter on team_counter.team = won.team
    where true
    on conflict (team, kind, id) do update set
      ${sql.join(CONTENT_COLUMNS.map(ifNewVersion))},
      version = excluded.version,
      sequence = excluded.sequence,
      observed_at = excluded.observed_at,
      due_at = excluded.due_at,
      failures = excluded.failures,
      denied_since = excluded.denied_since,
      has_webhook = excluded.has_webhook,
      lease_until = case when excluded.lease_token = job.lease_token then 0 else job.lease_until end,
      lease_owner = case when excluded.lease_token = job.lease_token then null else job.lease_owner end
    returning *`;
}

const CONTENT_COLUMNS = [
  'made_here',
  'status',
  'created_at',
  'updated_at',
  'analysis_id',
  'asked',
  'doc',
] as const satisfies (keyof JobTable)[];

function ifNewVersion(column: keyof JobTable): RawBuilder<unknown> {
  const written = sql.ref(`excluded.${column}`);
  const stored = sql.ref(`job.${column}`);
  return sql`${sql.ref(column)} = case when excluded.version = job.version then ${stored} else ${written} end`;
}
