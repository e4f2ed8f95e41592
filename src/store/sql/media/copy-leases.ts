import { sql } from 'kysely';
import type { CopyStore } from '../../media-store.ts';
import { isOrphan } from '../orphans.ts';
import type { MediaCopyTable } from '../schema/tables.ts';
import type { InstanceId, SqlEngine } from '../sql-engine.ts';
import { toCopy } from './copy-rows.ts';

/** The verbs that let one instance at a time work on a copy that is due. */
export function copyLeaseVerbs(
  { db, unsynced, dialect }: SqlEngine,
  owner: InstanceId,
): Pick<
  CopyStore,
  'claimCopies' | 'renewCopyLease' | 'nextCopyDue' | 'postponeCopy' | 'releaseCopies'
> {
  const now = () => dialect.now();

  return {
    async claimCopies(limit, perTeam, leaseMs) {
      // Whoever has ended renews nothing, so its copies need not wait for the end of its leases.
      const isOver = sql`(lease_until <= ${now()} or (
        lease_owner is distinct from ${owner} and ${isOrphan('media_copy', dialect, owner, 'lease_owner')}
      ))`;
      const isDue = sql`due_at <= ${now()} and ${isOver}`;
      // Grouped by an expression, so that rows are searched by lease and by time, not all of them
      // in the order of their teams.
      const claimed = await sql<MediaCopyTable>`
        with leased as (
          select team as of_team from media_copy where lease_owner is not null and not ${isOver}
        ),
        busy as (
          select (of_team || '') as team, count(*) as running from leased group by (of_team || '')
        ),
        ranked as (
          select media_copy.object_key, coalesce(busy.running, 0)
            + row_number() over (partition by (media_copy.team || '') order by due_at) as place, due_at
          from media_copy left join busy on busy.team = media_copy.team
          where ${isDue}
        )
        update media_copy
        set lease_until = ${now()} + ${leaseMs}, lease_token = lease_token + 1, lease_owner = ${owner}
        where object_key in (
          select object_key from media_copy
          where object_key in (
            select object_key from ranked where place <= ${perTeam} order by due_at limit ${limit}
          ) and ${isDue} ${dialect.lockFree}
        )
        returning *`.execute(unsynced);
      return claimed.rows.map((row) => ({ copy: toCopy(row), lease: row.lease_token }));
    },

    async renewCopyLease({ copy, lease }, leaseMs) {
      const renewed = await sql`
        update media_copy set lease_until = ${now()} + ${leaseMs}
        where object_key = ${copy.objectKey} and lease_token = ${lease} and lease_owner = ${owner}
        returning object_key`.execute(unsynced);
      return renewed.rows.length === 1;
    },

    async nextCopyDue() {
      const found = await sql<{ readonly at: number | null }>`
        select min(at) as at from (
          select at from (
            select due_at as at from media_copy
            where due_at is not null and lease_owner is null
            order by due_at limit 1
          ) as free
          union all
          select case when due_at > lease_until then due_at else lease_until end from media_copy
          where lease_owner is not null and due_at is not null
        ) as candidate`.execute(db);
      return found.rows[0]?.at ?? null;
    },

    async postponeCopy({ copy, lease }, inMs, counts) {
      await sql`
        update media_copy set
          due_at = ${now()} + ${inMs}, attempts = attempts + ${counts ? 1 : 0}, lease_until = 0, lease_owner = null
        where object_key = ${copy.objectKey} and lease_token = ${lease}`.execute(unsynced);
    },

    async releaseCopies() {
      await sql`
        update media_copy set lease_until = 0, lease_owner = null
        where lease_owner = ${owner} and lease_until > 0`.execute(unsynced);
    },
  };
}
