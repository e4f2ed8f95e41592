import { sql } from 'kysely';
import type { SqlEngine } from '../sql-engine.ts';
import { toStoredJob, teamRows } from './job-rows.ts';
import type { ChangedKey, JobStore } from '../../job-store.ts';
import type { TeamCounterTable } from '../schema/tables.ts';

/** The verbs about what changed after what. */
export function jobChangeVerbs({
  db,
  dialect,
}: SqlEngine): Pick<
  JobStore,
  'readChanges' | 'readSequence' | 'readSequences' | 'readChangedKeys'
> {
  return {
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
      const listed = dialect.rows(places, { team: 'text', place: 'int' });
      // Team by team: a join of both is read from the beginning of the index on Postgres.
      const found = await sql<ChangedKey>`
        select job.team, job.kind, job.id, job.version, job.sequence
        from (${listed}) as ${dialect.firstOfEach('listed', {
          where: sql`job.team = listed.team and job.sequence > listed.place`,
          orderBy: sql`job.sequence`,
          limit: sql`${limit}`,
        })}
        order by job.team, job.sequence`.execute(db);
      return found.rows;
    },
  };
}
