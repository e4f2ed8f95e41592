import { sql } from 'kysely';
import { JOB_KEY_COLUMNS, toJob, toJobRow, toStoredJob } from './job-rows.ts';
import { isStorable, type SqlEngine } from '../sql-engine.ts';
import { holdCounters, raiseCounters, teamRows } from '../team-counters.ts';
import { pageOfJobs } from './job-list.ts';
import { changeRows, confirmRows } from './job-writes.ts';
import type { ChangedKey, JobStore } from '../../job-store.ts';
import type { JobTable, TeamCounterTable } from '../schema/tables.ts';

type JobVerbs = Omit<JobStore, 'recallJobs' | 'jobsWritten'>;

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
      const confirmed = writes.filter(({ job, seenVersion }) => job.version === seenVersion);
      const confirm = confirmRows(dialect, JSON.stringify(confirmed.map(toJobRow)));
      if (confirmed.length === writes.length) {
        return writes.length === 0 ? [] : (await confirm.execute(db)).rows.map(toStoredJob);
      }
      const counting = writes.filter((write) => write.job.madeHere && !confirmed.includes(write));
      const teams = counting.map(({ job }) => job.team);
      const done = await engine.batch<[unknown, JobTable, JobTable, unknown]>([
        holdCounters(dialect, teams),
        { run: changeRows(dialect, JSON.stringify(writes.map(toJobRow))) },
        { run: confirm },
        raiseCounters(dialect, teams),
      ]);
      return [...(done?.[1] ?? []), ...(done?.[2] ?? [])].map(toStoredJob);
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

    async readSequences(teams) {
      const counters = await sql<TeamCounterTable>`
        select team, sequence from team_counter where team in (${teamRows(dialect, teams)})`.execute(
        db,
      );
      return new Map(counters.rows.map(({ team, sequence }) => [team, sequence]));
    },

    async readChangedKeys(after, limit) {
      const places = JSON.stringify([...after].map(([team, place]) => ({ team, place })));
      const found = await sql<ChangedKey>`
        select job.team, job.kind, job.id, job.version, job.sequence
        from (${dialect.rows(places, { team: 'text', place: 'int' })}) as listed
          join job on job.team = listed.team and job.sequence > listed.place
        order by job.team, job.sequence limit ${limit}`.execute(db);
      return found.rows;
    },
  };
}
