import { sql, type RawBuilder } from 'kysely';
import {
  type Analysis,
  type HeadSwapTask,
  isFinal,
  type Job,
  type JobBase,
} from '../../../domain/job.ts';
import type { ColumnType, JsonText, SqlDialect } from '../sql-engine.ts';
import type { JobWrite, StoredJob } from '../../job-store.ts';
import type { JobTable } from '../schema/tables.ts';

/**
 * The columns that a write of a job sets; `way`, `behind`, `seen_version` and `lease` steer the
 * write and are not stored. `mark_until`: the new `watched_until`, if any.
 */
export const JOB_WRITE_COLUMNS = {
  way: 'text',
  behind: 'int',
  seen_version: 'int',
  lease: 'int',
  team: 'text',
  kind: 'text',
  id: 'text',
  made_here: 'int',
  status: 'text',
  version: 'int',
  created_at: 'int',
  updated_at: 'int',
  observed_at: 'int',
  analysis_id: 'text',
  asked: 'text',
  doc: 'text',
  due_at: 'int',
  failures: 'int',
  denied_since: 'int',
  has_webhook: 'int',
  mark_until: 'int',
  first_seen_at: 'int',
} as const satisfies Record<string, ColumnType>;

/** What names a job, as columns. */
export const JOB_KEY_COLUMNS = {
  team: 'text',
  kind: 'text',
  id: 'text',
} as const satisfies Record<string, ColumnType>;

type ColumnField = Exclude<keyof JobBase, 'progress' | 'failure' | 'supportId' | 'overdueSince'>;

/** The fields of a job that have a column of their own. */
const COLUMN_FIELDS = [
  'team',
  'kind',
  'id',
  'madeHere',
  'status',
  'version',
  'createdAt',
  'updatedAt',
  'observedAt',
] as const satisfies readonly ColumnField[];

/**
 * The fields that only the caller can have said: an analysis' own spelling of the URL, a task's
 * request.
 */
const ASKED_FIELDS = ['videoUrl', 'request'] as const satisfies readonly (
  keyof Analysis | keyof HeadSwapTask
)[];

const NOT_IN_DOC: ReadonlySet<string> = new Set([...COLUMN_FIELDS, ...ASKED_FIELDS]);

type Row = Partial<Record<keyof typeof JOB_WRITE_COLUMNS, string | number | null>>;

/** A write as one row, all that it may set. A finished job is never due. */
export function toJobRow(write: JobWrite): Row {
  const { job, schedule } = write;
  // A spread comes second: V8 takes ten times as long where it comes first and new fields follow.
  return {
    made_here: job.madeHere ? 1 : 0,
    ...toNewsRow(write),
    created_at: job.createdAt,
    analysis_id: job.kind === 'HEAD_SWAP_TASK' ? (job.request?.analysisId ?? null) : null,
    asked: askedOf(job),
    first_seen_at: schedule.firstSeenAt,
  };
}

/** A write that leaves all else as it is, as one row. */
export function toNewsRow(write: JobWrite): Row {
  const { job } = write;
  return {
    status: job.status,
    ...toLookRow(write),
    updated_at: job.updatedAt,
    doc: docOf(job),
  };
}

/** A write that tells nothing but when a job was looked at, as one row. */
export function toLookRow(write: JobWrite): Row {
  const { job, schedule, seenVersion, lease, watchedUntil } = write;
  return {
    seen_version: seenVersion,
    lease: lease ?? null,
    team: job.team,
    kind: job.kind,
    id: job.id,
    version: job.version,
    observed_at: job.observedAt,
    due_at: dueAtOf(job, schedule),
    failures: schedule.failures,
    denied_since: schedule.deniedSince,
    has_webhook: schedule.hasWebhook ? 1 : 0,
    mark_until: watchedUntil ?? null,
  };
}

/**
 * What only the caller can have said is kept apart from the rest, so that a foreign job that turns
 * out to be a purchase of ours can take over the one and keep the other.
 */
function askedOf(job: Job): string {
  return JSON.stringify(
    job.kind === 'ANALYSIS' ? { videoUrl: job.videoUrl } : { request: job.request },
  );
}

function docOf(job: Job): string {
  const doc: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(job)) if (!NOT_IN_DOC.has(field)) doc[field] = value;
  return JSON.stringify(doc);
}

/** The job of a row. */
export function toJob(row: JobTable): Job {
  const columns = {
    team: row.team,
    kind: row.kind,
    id: row.id,
    madeHere: row.made_here === 1,
    status: row.status,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    observedAt: row.observed_at,
  } satisfies Record<ColumnField, unknown>;
  // Written by toJobRow alone, so the parts fit together again.
  // Jobs of before there was an overdueSince were none.
  // Spread, since V8 makes a slow object of what so many fields are assigned to.
  return { overdueSince: null, ...JSON.parse(row.doc), ...JSON.parse(row.asked), ...columns };
}

/** A row as the store's callers know it. */
export function toStoredJob(row: JobTable): StoredJob {
  return {
    job: toJob(row),
    sequence: row.sequence ?? 0,
    schedule: {
      dueAt: row.due_at,
      failures: row.failures,
      deniedSince: row.denied_since,
      watchedUntil: row.watched_until,
      hasWebhook: row.has_webhook === 1,
      readAt: row.read_at,
      firstSeenAt: row.first_seen_at,
    },
  };
}

/** What the writer of a change or of news does not know of the row. */
export type WrittenRow = Pick<
  JobTable,
  'team' | 'kind' | 'id' | 'sequence' | 'watched_until' | 'read_at'
>;

function dueAtOf({ status }: Job, { dueAt }: JobWrite['schedule']): number | null {
  return isFinal(status) ? null : dueAt;
}

/** What a change or news came to, of which the row brings only what its writer did not know. */
export function toWrittenJob(row: WrittenRow, { job, schedule }: JobWrite): StoredJob {
  const { watched_until: watchedUntil, read_at: readAt } = row;
  const dueAt = dueAtOf(job, schedule);
  return {
    job,
    sequence: row.sequence ?? 0,
    schedule: { ...schedule, dueAt, watchedUntil, readAt },
  };
}

/**
 * Takes a sequence for each of the changes in a list, which it knows by their `team`, and makes the
 * transaction the only one that hands out sequences in the teams until it commits: a team's counter
 * then says the last one taken. Changes therefore become visible in the order of their sequence,
 * and a reader that pages by it cannot miss one that commits late. What is taken for a change that
 * is not made after all leaves a gap.
 */
export function takeSequences(dialect: SqlDialect, changes: JsonText): RawBuilder<never> {
  return sql`
      insert into team_counter (team, sequence)
      select team, count(*) from (${dialect.rows(changes, { team: 'text' })}) as listed
      where true group by team order by team
      on conflict (team) do update set sequence = team_counter.sequence + excluded.sequence`;
}

/** The teams as rows, each once. */
export function teamRows(dialect: SqlDialect, teams: readonly string[]): RawBuilder<unknown> {
  const listed = [...new Set(teams)].map((team) => ({ team }));
  return dialect.rows(JSON.stringify(listed), { team: 'text' });
}
