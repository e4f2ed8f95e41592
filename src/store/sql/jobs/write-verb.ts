import { jobKeyText } from '../../../domain/job.ts';
import type { JobStore, JobWrite, StoredJob } from '../../job-store.ts';
import type { JobTable } from '../schema/tables.ts';
import { prepared, type SqlEngine, type Step } from '../sql-engine.ts';
import { noteUses } from '../upload-uses.ts';
import {
  takeSequences,
  toJobRow,
  toLookRow,
  toNewsRow,
  toStoredJob,
  toWrittenJob,
  type WrittenRow,
} from './job-rows.ts';
import { changeRows, confirmRows, newsRows } from './job-writes.ts';

/** How a job is written: as new or with a new status, with other news, or as it was. */
type Way = 'change' | 'news' | 'confirm';

const ROW_OF = { change: toJobRow, news: toNewsRow, confirm: toLookRow } as const;

/** The verb that writes jobs; see JobStore. */
export function writeJobs(engine: SqlEngine): JobStore['writeJobs'] {
  const { db, unsynced, dialect } = engine;
  const take = prepared(db, (list) => takeSequences(dialect, list));
  const make = prepared(db, (list) => changeRows(dialect, list));
  const tell = prepared(db, (list) => newsRows(dialect, list));
  const confirm = prepared(db, (list) => confirmRows(dialect, list));
  return async (writes) => {
    const rows = toRows(writes);
    const { change, news, confirm: same } = rows;
    if (change.length + news.length === 0) {
      if (same.length === 0) return [];
      return (await unsynced.executeQuery(confirm(same))).rows.map(toStoredJob);
    }
    const counted = writes.filter(isCounted).map(({ job: { team } }) => ({ team }));
    const created = writes.filter((write) => isCounted(write) && write.seenVersion === null);
    const steps: Step<JobTable | WrittenRow>[] = [];
    if (counted.length > 0) steps.push({ run: take(counted) });
    // Each statement gets the writes of those after it, too, so that the first one locks the rows
    // of all, in one order.
    if (change.length > 0) steps.push({ run: make([...change, ...news, ...same]) });
    if (news.length > 0) steps.push({ run: tell([...news, ...same]) });
    if (same.length > 0) steps.push({ run: confirm(same) });
    const uses = noteUses(
      dialect,
      created.map(({ job }) => job),
    );
    const done = await engine.batch<(JobTable | WrittenRow)[]>([...steps, ...uses]);
    return toStored((done ?? []).flat(), writes);
  };
}

function wayOf({ job, seenVersion, keepsStatus = false }: JobWrite): Way {
  if (job.version === seenVersion) return 'confirm';
  return keepsStatus ? 'news' : 'change';
}

/** Whether it takes a place in its team's sequence. */
function isCounted(write: JobWrite): boolean {
  return write.job.madeHere && wayOf(write) !== 'confirm';
}

/** `behind`: how many places in its team's sequence are taken by the writes after it. */
function toRows(writes: readonly JobWrite[]): Record<Way, object[]> {
  const rows: Record<Way, object[]> = { change: [], news: [], confirm: [] };
  const taken = new Map<string, number>();
  for (const write of writes.toReversed()) {
    const way = wayOf(write);
    const behind = taken.get(write.job.team) ?? 0;
    if (isCounted(write)) taken.set(write.job.team, behind + 1);
    rows[way].push({ way, behind, ...ROW_OF[way](write) });
  }
  return rows;
}

function toStored(
  rows: readonly (JobTable | WrittenRow)[],
  writes: readonly JobWrite[],
): StoredJob[] {
  const byKey = new Map(writes.map((write) => [jobKeyText(write.job), write]));
  return rows.flatMap((row) => {
    if ('doc' in row) return [toStoredJob(row)];
    const write = byKey.get(jobKeyText(row));
    return write === undefined ? [] : [toWrittenJob(row, write)];
  });
}
