import type { RawBuilder } from 'kysely';
import { sql } from 'kysely';
import type { SqlDialect, Step } from './sql-engine.ts';

/**
 * Takes a sequence for each of these changes, named by their teams, and makes the transaction the
 * only one that hands out sequences in the teams until it commits: a team's counter then says the
 * last one taken. Changes therefore become visible in the order of their sequence, and a reader
 * that pages by it cannot miss one that commits late. What is taken for a change that is not made
 * after all leaves a gap.
 */
export function takeSequences(dialect: SqlDialect, teams: readonly string[]): Step<never> {
  return {
    run: sql`
      insert into team_counter (team, sequence)
      select team, count(*) from (${rowsOf(dialect, teams)}) as listed
      where true group by team order by team
      on conflict (team) do update set sequence = team_counter.sequence + excluded.sequence`,
  };
}

/** The teams as rows, each once. */
export function teamRows(dialect: SqlDialect, teams: readonly string[]): RawBuilder<unknown> {
  return rowsOf(dialect, [...new Set(teams)]);
}

function rowsOf(dialect: SqlDialect, teams: readonly string[]): RawBuilder<unknown> {
  return dialect.rows(JSON.stringify(teams.map((team) => ({ team }))), { team: 'text' });
}
