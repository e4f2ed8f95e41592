import { sql, type RawBuilder } from 'kysely';
import type { SqlDialect } from '../sql-engine.ts';

/** What was finished before there were copies is not copied: its files are likely to be gone. */
export function createMediaTables({
  types: { int, text },
  tableEnd,
}: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table media_copy (
      team ${text} not null,
      kind ${text} not null,
      job_id ${text} not null,
      slot ${text} not null,
      source_url ${text} not null,
      object_key ${text} not null,
      state ${text} not null check (state in ('PENDING', 'STORED', 'FAILED')),
      attempts ${int} not null,
      requested_at ${int} not null,
      due_at ${int},
      lease_until ${int} not null,
      lease_token ${int} not null,
      lease_owner ${text},
      bytes ${int} check ((bytes is not null) = (state = 'STORED')),
      content_type ${text} check ((content_type is not null) = (state = 'STORED')),
      sha256 ${text} check ((sha256 is not null) = (state = 'STORED')),
      stored_at ${int} check ((stored_at is not null) = (state = 'STORED')),
      problem ${text} check ((problem is not null) = (state = 'FAILED')),
      primary key (team, kind, job_id, slot)
    ) ${tableEnd}`,
    sql`create unique index media_copy_object on media_copy (object_key)`,
    sql`create index media_copy_due on media_copy (due_at, lease_until, team) where due_at is not null`,
    sql`create index media_copy_leased on media_copy (lease_until) where lease_owner is not null`,
    sql`create table media_cursor (
      team ${text} primary key not null,
      sequence ${int} not null
    ) ${tableEnd}`,
    sql`insert into media_cursor (team, sequence) select team, sequence from team_counter`,
    sql`create table media_upload (
      id ${text} primary key not null,
      team ${text} not null,
      purpose ${text} not null check (purpose in ('VIDEO', 'FACE')),
      bytes ${int} not null,
      content_type ${text} not null,
      state ${text} not null check (state in ('AWAITING', 'READY', 'REJECTED')),
      object_key ${text} not null,
      put_token ${text} not null,
      put_until ${int} not null,
      url ${text} check ((url is not null) = (state = 'READY')),
      facts ${text} check ((facts is not null) = (state = 'READY')),
      problem ${text} check ((problem is not null) = (state = 'REJECTED')),
      expires_at ${int} not null
    ) ${tableEnd}`,
    sql`create unique index media_upload_put on media_upload (put_token)`,
    sql`create unique index media_upload_url on media_upload (url)`,
    sql`create index media_upload_team on media_upload (team)`,
    sql`create index media_upload_expiry on media_upload (expires_at)`,
    sql`create index media_copy_team on media_copy (team) where bytes is not null`,
    sql`create table secret (
      name ${text} primary key not null,
      value ${text} not null
    ) ${tableEnd}`,
  ];
}
