import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { SqlDialect, Step } from './sql-engine.ts';

/**
 * Makes the transaction the only one that hands out sequences in these teams until it commits.
 * Changes therefore become visible in the order of their sequence, and a reader that pages by it
 * cannot miss one that commits late.
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

/** The teams as rows, each once. */
export function teamRows(dialect: SqlDialect, teams: readonly string[]): RawBuilder<unknown> {
  const distinct = [...new Set(teams)].map((team) => ({ team }));
  return dialect.rows(JSON.stringify(distinct), { team: 'text' });
}
