import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { CopyRequest, CopyStore } from '../../media-store.ts';
import { JOB_KEY_COLUMNS, toJob } from '../jobs/job-rows.ts';
import type { JobTable, TeamCounterTable } from '../schema/tables.ts';
import type { SqlEngine } from '../sql-engine.ts';

const REQUEST_COLUMNS = {
  ...JOB_KEY_COLUMNS,
  slot: 'text',
  source_url: 'text',
  object_key: 'text',
} as const;

/** The verbs that make copies of what jobs ended with. */
export function copyRequestVerbs(
  engine: SqlEngine,
): Pick<CopyStore, 'requestCopies' | 'skipCopies'> {
  const { db } = engine;

  return {
    async requestCopies(team, requestsOf, limit) {
      const after = await cursorOf(engine, team);
      // Changes become visible in the order of their sequence, so nothing appears later below the
      // last that was seen.
      const found = await sql<JobTable>`
        select * from job where team = ${team} and sequence > ${after} order by sequence limit ${limit}`.execute(
        db,
      );
      const last = found.rows.at(-1)?.sequence ?? null;
      if (last === null) return false;
      const wanted = found.rows
        .filter(({ status }) => status === 'COMPLETED')
        .flatMap((row) => requestsOf(toJob(row)));
      const moved = {
        run: sql`
          insert into media_cursor (team, sequence) values (${team}, ${last})
          on conflict (team) do update set sequence = case
            when excluded.sequence > media_cursor.sequence then excluded.sequence else media_cursor.sequence
          end`,
      };
      if (wanted.length === 0) await engine.batch([moved]);
      else await engine.batch([{ run: insertRequests(engine, wanted) }, moved]);
      return found.rows.length === limit;
    },

    async skipCopies() {
      await sql<TeamCounterTable>`
        insert into media_cursor (team, sequence) select team, sequence from team_counter where true
        on conflict (team) do update set sequence = excluded.sequence`.execute(db);
    },
  };
}

/** Up to where the team's jobs were looked at; nobody looks before the team has a job. */
async function cursorOf({ db }: SqlEngine, team: string): Promise<number> {
  const found = await db
    .selectFrom('media_cursor')
    .select('sequence')
    .where('team', '=', team)
    .executeTakeFirst();
  return found?.sequence ?? 0;
}

function insertRequests({ dialect }: SqlEngine, requests: readonly CopyRequest[]) {
  const rows = requests.map(({ key, slot, sourceUrl }) => ({
    team: key.team,
    kind: key.kind,
    id: key.id,
    slot,
    source_url: sourceUrl,
    object_key: `copies/${randomUUID()}`,
  }));
  return sql`
    insert into media_copy (
      team, kind, job_id, slot, source_url, object_key, state, attempts, requested_at, due_at, lease_until, lease_token
    )
    select team, kind, id, slot, source_url, object_key, 'PENDING', 0, ${dialect.now()}, ${dialect.now()}, 0, 0
    from (${dialect.rows(JSON.stringify(rows), REQUEST_COLUMNS)}) as wanted where true
    on conflict (team, kind, job_id, slot) do nothing`;
}
