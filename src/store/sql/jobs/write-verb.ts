import { jobKeyText } from '../../../domain/job.ts';
import type { JobStore, JobWrite, StoredJob } from '../../job-store.ts';
import type { JobTable } from '../schema/tables.ts';
import type { SqlEngine, Step } from '../sql-engine.ts';
import { noteUses } from '../upload-uses.ts';
import {
  type NewsRow,
  takeSequences,
  toJobRow,
  toLookRow,
  toNewsRow,
  toStoredJob,
  toWrittenJob,
} from './job-rows.ts';
import { changeRows, confirmRows, newsRows } from './job-writes.ts';

/** How a job is written: as new or with a new status, with other news, or as it was. */
type Way = 'change' | 'news' | 'confirm';

const ROW_OF = { change: toJobRow, news: toNewsRow, confirm: toLookRow } as const;

/** The verb that writes jobs; see JobStore. */
export function writeJobs(engine: SqlEngine): JobStore['writeJobs'] {
  const { unsynced, dialect } = engine;
  return async (writes) => {
    const rows = toRows(writes);
    /**
     * Each statement gets the writes of those after it, too, so that the first one locks the rows
     * of all, in one order.
     */
    const json = (...ways: readonly Way[]): string =>
      JSON.stringify(ways.flatMap((way) => rows[way]));
    const confirm = (): ReturnType<typeof confirmRows> => confirmRows(dialect, json('confirm'));
    const { change, news } = rows;
    if (change.length + news.length === 0) {
      if (rows.confirm.length === 0) return [];
      return (await confirm().execute(unsynced)).rows.map(toStoredJob);
    }
    const teams = writes.filter(isCounted).map(({ job }) => job.team);
    const created = writes.filter((write) => isCounted(write) && write.seenVersion === null);
    const steps: Step<JobTable | NewsRow>[] = [];
    if (teams.length > 0) steps.push(takeSequences(dialect, teams));
    if (change.length > 0)
      steps.push({ run: changeRows(dialect, json('change', 'news', 'confirm')) });
    if (news.length > 0) steps.push({ run: newsRows(dialect, json('news', 'confirm')) });
    if (rows.confirm.length > 0) steps.push({ run: confirm() });
    const uses = noteUses(
      dialect,
      created.map(({ job }) => job),
    );
    const done = await engine.batch<(JobTable | NewsRow)[]>([...steps, ...uses]);
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
function toRows(writes: readonly JobWrite[]): Record<Way, unknown[]> {
  const rows: Record<Way, unknown[]> = { change: [], news: [], confirm: [] };
  const taken = new Map<string, number>();
  for (const write of writes.toReversed()) {
    const way = wayOf(write);
    const behind = taken.get(write.job.team) ?? 0;
    if (isCounted(write)) taken.set(write.job.team, behind + 1);
    rows[way].push({ way, behind, ...ROW_OF[way](write) });
  }
  return rows;
}

function toStored(rows: readonly (JobTable | NewsRow)[], writes: readonly JobWrite[]): StoredJob[] {
  const byKey = new Map(writes.map((write) => [jobKeyText(write.job), write]));
  return rows.flatMap((row) => {
    if ('doc' in row) return [toStoredJob(row)];
    const write = byKey.get(jobKeyText(row));
    return write === undefined ? [] : [toWrittenJob(row, write)];
  });
}
