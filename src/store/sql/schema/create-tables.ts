import { sql, type RawBuilder } from 'kysely';
import type { SqlDialect } from '../sql-engine.ts';

/** The tables of the first version. */
export function createTables(dialect: SqlDialect): RawBuilder<unknown>[] {
  return [...jobTables(dialect), ...purchaseTables(dialect), ...instanceTables(dialect)];
}

function jobTables({ types: { int, text }, tableEnd }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table job (
      team ${text} not null,
      kind ${text} not null,
      id ${text} not null,
      made_here ${int} not null check (made_here in (0, 1)),
      status ${text} not null check (status in ('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED')),
      version ${int} not null,
      sequence ${int} check ((sequence is not null) = (made_here = 1)),
      created_at ${int} not null,
      updated_at ${int} not null,
      observed_at ${int} not null,
      analysis_id ${text},
      asked ${text} not null,
      doc ${text} not null,
      due_at ${int},
      failures ${int} not null,
      denied_since ${int},
      watched_until ${int} not null,
      has_webhook ${int} not null check (has_webhook in (0, 1)),
      first_seen_at ${int} not null,
      read_at ${int},
      lease_until ${int} not null,
      lease_token ${int} not null,
      lease_owner ${text},
      primary key (team, kind, id),
      check (due_at is null or status in ('QUEUED', 'PROCESSING'))
    ) ${tableEnd}`,
    sql`create index job_list on job (team, kind, created_at, id) where made_here = 1`,
    sql`create index job_list_status on job (team, kind, status, created_at, id) where made_here = 1`,
    sql`create index job_list_analysis on job (team, kind, analysis_id, created_at, id)
      where made_here = 1 and analysis_id is not null`,
    sql`create unique index job_change on job (team, sequence)`,
    sql`create index job_unfinished on job (team, sequence)
      where made_here = 1 and status in ('QUEUED', 'PROCESSING')`,
    // Holds all that a claim looks at, so that a backlog is searched without touching the rows.
    sql`create index job_due on job (due_at, lease_until, watched_until, team, kind, id)
      where due_at is not null`,
    sql`create index job_leased on job (lease_until) where lease_owner is not null`,
    sql`create table team_counter (
      team ${text} primary key not null,
      sequence ${int} not null
    ) ${tableEnd}`,
  ];
}

function purchaseTables({ types: { int, text }, tableEnd }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table purchase (
      attempt ${text} primary key not null,
      team ${text} not null,
      mutation ${text} not null,
      key ${text} not null,
      fingerprint ${text} not null,
      input ${text} not null,
      state ${text} not null
        check (state in ('RESERVED', 'SENDING', 'ACCEPTED', 'REJECTED', 'NOT_SENT', 'UNKNOWN', 'ABANDONED')),
      job_id ${text} check ((job_id is not null) = (state = 'ACCEPTED')),
      verdict ${text} check (verdict is null or state in ('REJECTED', 'NOT_SENT')),
      token_digest ${text},
      owner ${text},
      created_at ${int} not null,
      updated_at ${int} not null,
      expires_at ${int} not null
    ) ${tableEnd}`,
    // The promise itself: of one key, one attempt that may have bought, or may yet.
    sql`create unique index purchase_key on purchase (team, mutation, key)
      where state in ('RESERVED', 'SENDING', 'UNKNOWN', 'ACCEPTED')`,
    sql`create unique index purchase_token on purchase (token_digest)`,
    sql`create index purchase_job on purchase (team, mutation, job_id)`,
    sql`create index purchase_state on purchase (state, created_at)`,
    sql`create index purchase_expiry on purchase (expires_at)`,
    sql`create table callback (
      digest ${text} primary key not null,
      attempt ${text} not null,
      team ${text} not null,
      mutation ${text} not null,
      key ${text} not null,
      job_id ${text} not null,
      owner ${text},
      received_at ${int} not null,
      open ${int} not null check (open in (0, 1))
    ) ${tableEnd}`,
    sql`create index callback_attempt on callback (attempt)`,
    sql`create index callback_open on callback (received_at) where open = 1`,
  ];
}

function instanceTables({ types: { int, text }, tableEnd }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table instance (
      id ${text} primary key not null,
      alive_until ${int} not null
    ) ${tableEnd}`,
    sql`create table account (
      id ${text} primary key not null,
      failures ${int} not null,
      shut_until ${int} not null,
      probe_until ${int} not null
    ) ${tableEnd}`,
    sql`create table read_slot (
      account ${text} not null,
      place ${int} not null,
      used_at ${int} not null,
      primary key (account, place)
    ) ${tableEnd}`,
  ];
}
