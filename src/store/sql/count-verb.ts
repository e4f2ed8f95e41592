import { sql, type RawBuilder } from 'kysely';
import type { Store, StoreCounts } from '../store.ts';
import { MARKED, MARKS } from './schema/tables.ts';
import type { SqlEngine } from './sql-engine.ts';

const KINDS = ['ANALYSIS', 'HEAD_SWAP_TASK'] as const;
const LIVE = ['QUEUED', 'PROCESSING'] as const;
const OPEN = ['RESERVED', 'SENDING', 'UNKNOWN'] as const;

/** No count looks at more rows than this; of jobs, many may live. */
const MOST = { jobs: 100_000, others: 10_000 };

interface Counted {
  readonly subject: string;
  readonly number: number | string | null;
}

/**
 * Counts in one statement, from indexes alone. Everything in it is written out, so that the planner
 * knows which index holds what is asked for.
 */
export function countVerb({ db }: Pick<SqlEngine, 'db'>): Pick<Store, 'count'> {
  return {
    async count() {
      const { rows } = await statement().execute(db);
      const found = new Map(rows.map(({ subject, number }) => [subject, number]));
      const numberOf = (subject: string): number => Number(found.get(subject) ?? 0);
      const instantOf = (subject: string): number | null => {
        const instant = found.get(subject) ?? null;
        return instant === null ? null : Number(instant);
      };
      return {
        jobs: KINDS.flatMap((kind) =>
          LIVE.map((status) => ({ kind, status, count: numberOf(`${kind} ${status}`) })),
        ),
        purchases: OPEN.map((state) => ({ state, count: numberOf(state) })),
        oldestUnknownAt: instantOf('oldest unknown'),
        dueAt: instantOf('due'),
        copiesPending: KINDS.reduce((sum, kind) => sum + numberOf(`copies ${kind}`), 0),
        webhooksOpen: numberOf('webhooks'),
      } satisfies StoreCounts;
    },
  };
}

function statement(): RawBuilder<Counted> {
  const counts = [
    ...KINDS.flatMap((kind) =>
      LIVE.map((status) =>
        countOf(
          `${kind} ${status}`,
          sql`from job where kind = ${sql.lit(kind)} and status = ${sql.lit(status)}`,
          MOST.jobs,
        ),
      ),
    ),
    ...OPEN.map((state) => countOf(state, sql`from purchase where state = ${sql.lit(state)}`)),
    ...KINDS.map((kind) =>
      countOf(
        `copies ${kind}`,
        sql`from media_copy where kind = ${sql.lit(kind)} and state = 'PENDING'`,
      ),
    ),
    countOf('webhooks', sql`from callback where open = 1`),
    sql`select 'oldest unknown' as subject, min(created_at) as number
      from purchase where state = 'UNKNOWN'`,
    // The index of what is due goes by team: from each team to the next one.
    sql`select 'due' as subject, (
      with recursive of_team (team) as (
        select min(team) from job where due_at is not null
        union all
        select (select min(team) from job where due_at is not null and team > of_team.team)
        from of_team where of_team.team is not null
      )
      select min((
        select min(due_at) from job
        where due_at is not null and team = of_team.team and ${MARKED} = marks.marked
      ))
      from of_team cross join ${MARKS}
    ) as number`,
  ];
  return sql<Counted>`${sql.join(counts, sql` union all `)}`;
}

function countOf(
  subject: string,
  rows: RawBuilder<unknown>,
  most = MOST.others,
): RawBuilder<unknown> {
  return sql`select ${sql.lit(subject)} as subject, count(*) as number
    from (select 1 as one ${rows} limit ${sql.lit(most)}) as bounded`;
}
