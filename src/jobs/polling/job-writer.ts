import { LRUCache } from 'lru-cache';
import { isFinal, type Job, type JobKey, jobKeyText } from '../../domain/job.ts';
import { createBatch } from '../../runtime/batch.ts';
import type { Clock, Random } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { inSpan, noSpan, type Span, type Tracer } from '../../runtime/tracing/tracer.ts';
import type { JobStore, JobWrite, StoredJob } from '../../store/job-store.ts';
import type { JobObserver } from '../job-observer.ts';
import { aboutJob, noJobTraces, type JobTraces } from '../job-traces.ts';
import type { Hub } from '../watching/hub.ts';
import { foreignJob, weigh, type Evidence, type Known } from './evidence.ts';
import { neverLooked, nextLook, type PollPace, WATCHED_MS } from './schedule.ts';

/**
 * The single writer of jobs. Whatever is learned about a job is reported here as evidence; the job
 * writer decides what it changes and when to look again, and writes both durably; the store then
 * tells who watches.
 *
 * Reports are gathered and written in groups: while one group is being written the next one
 * gathers, so a thousand reports share a few statements and syncs. Within a group the reports of
 * one job are applied in the order they came. What was read under a claim is decided on the job as
 * the claim found it, without reading it again: nobody else writes it while the lease lasts, with
 * few exceptions. A write that somebody else got ahead of is decided again on what that one wrote;
 * one whose lease was lost is dropped.
 */
export interface JobWriter {
  /**
   * Resolves to the job as it then stands, once that is durable; null when nothing is known of it.
   * Throws what the store throws.
   */
  report(key: JobKey, evidence: Evidence): Promise<Job | null>;
}

export interface JobWriterParts {
  readonly store: JobStore;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly traces?: JobTraces;
  readonly pace: PollPace;
  readonly observer: JobObserver;
}

const OVERDUE =
  "A job has not ended for two hours; give its supportId to AKOOL's support. It is followed on";

/** The shortest time between two groups: 20 ms give 20,000 durable updates a second on SQLite. */
const GROUP_MS = 20;

/**
 * A write lost this often to other writers is given up; each loss means that somebody else moved
 * the job on.
 */
const MOST_TRIES = 8;

interface Report {
  readonly key: JobKey;
  readonly evidence: Evidence;
  /** From the report to its answer. */
  readonly span: Span;
  readonly resolve: (job: Job | null) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
  /** The version that the last try was decided on; null: it is the first, or there was no job. */
  lostOn: number | null;
}

/** What a group says of one job, and the write that comes of it; null: nothing changes. */
interface Planned {
  readonly stored: StoredJob | undefined;
  readonly reports: readonly Report[];
  readonly write: JobWrite | null;
}

/** What planning a write needs; `isNews`: whether a remark about a job was not made before. */
interface PlanParts extends JobWriterParts {
  readonly isNews: (remark: string) => boolean;
}

/** The one writer of a process. */
export function createJobWriter(parts: JobWriterParts): JobWriter {
  const { store, hub, clock, traces = noJobTraces } = parts;
  const { tracer } = traces;
  const isNews = createOncePer();

  const writeGroup = async (group: Report[]): Promise<void> => {
    const planned = await planGroup({ ...parts, isNews }, group);
    const writes = planned.flatMap(({ write }) => (write === null ? [] : [write]));
    for (const { write, reports } of planned) {
      if (write === null || write.seenVersion === write.job.version) continue;
      traces.note(write.job, reports[0]?.span.place ?? null);
    }
    const written = byKey(writes.length === 0 ? [] : await store.writeJobs(writes));
    for (const { stored: before, reports, write } of planned) {
      const after = write === null ? before : written.get(jobKeyText(write.job));
      if (write !== null && after === undefined) reports.forEach((report) => again(report, before));
      else {
        if (before !== undefined && after !== undefined) noteWrite(before, after, reports);
        for (const { resolve } of reports) resolve(after?.job ?? null);
      }
    }
  };

  const noteWrite = (before: StoredJob, after: StoredJob, reports: readonly Report[]): void => {
    const { job } = after;
    if (isFinal(before.job.status)) return;
    if (!isFinal(job.status)) {
      if (isWatchedSince(before, after)) lookSooner(job);
      return;
    }
    const cause = reports.findLast(({ evidence }) => evidence.cause !== undefined)?.evidence.cause;
    if (cause !== undefined) parts.observer.ended(job, cause, clock.now() - before.job.observedAt);
  };

  /** Whether another instance got its first watcher after the job was claimed or read. */
  const isWatchedSince = (before: StoredJob, after: StoredJob): boolean => {
    const isMarked = ({ schedule }: StoredJob): boolean => schedule.watchedUntil > clock.now();
    return isMarked(after) && !isMarked(before) && !hub.isWatched(after.job);
  };

  /**
   * Decides once more when to look next. Where that fails, the next renewal of the mark does it.
   */
  const lookSooner = (key: JobKey): void => {
    const nobody = (): void => undefined;
    const evidence = { kind: 'skipped' } as const;
    groups.add([
      { key, evidence, span: noSpan, resolve: nobody, reject: nobody, tries: 0, lostOn: null },
    ]);
  };

  /** Somebody else wrote first. A further try is decided on what that one wrote. */
  const again = (report: Report, before: StoredJob | undefined): void => {
    report.tries += 1;
    report.lostOn = before?.job.version ?? null;
    if (report.tries < MOST_TRIES) {
      groups.add([report]);
      return;
    }
    store
      .readJobs([report.key])
      .then(([latest]) => report.resolve(latest?.job ?? null), report.reject);
  };

  const groups = createBatch<Report>({
    clock,
    gatherMs: 0,
    restMs: GROUP_MS,
    run: (group) =>
      asOneOf(tracer, group, () => writeGroup(group)).catch((error: unknown) => {
        for (const { reject } of group) reject(error);
      }),
  });

  return {
    report(key, evidence) {
      const add = (span: Span): Promise<Job | null> =>
        new Promise((resolve, reject) => {
          groups.add([{ key, evidence, span, resolve, reject, tries: 0, lostOn: null }]);
        });
      if (tracer.current() === null) return add(noSpan);
      return inSpan(tracer, { name: 'write job', attributes: aboutJob(key) }, add);
    },
  };
}

/** What a group shares is told once, where its first report is, and the others refer to that. */
function asOneOf<Result>(tracer: Tracer, group: readonly Report[], work: () => Result): Result {
  if (!tracer.isOn) return work();
  const [first, ...others] = group.map(({ span }) => span).filter(({ place }) => place !== null);
  if (first === undefined) return tracer.detach(work);
  for (const other of others) if (first.place !== null) other.link(first.place);
  return first.run(work);
}

/** What the reports of a group come to, job by job. */
async function planGroup(parts: PlanParts, group: readonly Report[]): Promise<Planned[]> {
  const byJob = new Map<string, Report[]>();
  for (const report of group) {
    const text = jobKeyText(report.key);
    byJob.set(text, [...(byJob.get(text) ?? []), report]);
  }
  const keys = [...byJob.values()].flatMap((reports) =>
    asClaimed(reports) === null ? reports.slice(0, 1).map(({ key }) => key) : [],
  );
  const found = byKey(keys.length === 0 ? [] : await parts.store.readJobs(keys));
  return [...byJob].map(([text, reports]) => {
    const stored = asClaimed(reports) ?? found.get(text);
    const held = reports.filter((report) => !hasLostLease(report, stored));
    return { stored, reports, write: held.length === 0 ? null : plan(parts, stored, held) };
  });
}

/** The write that a job's reports come to; null when they change nothing. */
function plan(
  { hub, clock, random, log, pace, isNews }: PlanParts,
  stored: StoredJob | undefined,
  reports: readonly Report[],
): JobWrite | null {
  const now = clock.now();
  let known: Known | null =
    stored === undefined ? null : { job: stored.job, look: stored.schedule };
  let lease: number | undefined;
  for (const { key, evidence } of reports) {
    lease = evidence.claim?.lease ?? lease;
    if (known !== null) {
      const { anomaly, ...next } = weigh(known, evidence, now);
      if (anomaly !== null && isNews(`${jobKeyText(key)} ${anomaly}`)) {
        log.warn({ job: key.id, anomaly }, 'AKOOL contradicts itself');
      }
      if (next.job.overdueSince !== null && known.job.overdueSince === null) {
        const { supportId } = next.job;
        log.warn({ job: key.id, kind: key.kind, supportId }, OVERDUE);
      }
      known = next;
    } else if (evidence.kind === 'seen') {
      const job = foreignJob(key, evidence.observation, now);
      known = job && { job, look: neverLooked(false, now) };
    }
  }
  if (known === null || (stored !== undefined && isFinal(stored.job.status))) return null;
  const isWatchedHere = hub.isWatched(known.job);
  const isWatched = isWatchedHere || (stored?.schedule.watchedUntil ?? 0) > now;
  return {
    job: known.job,
    schedule: nextLook(known.job, known.look, { now, isWatched, pace, random }),
    seenVersion: stored?.job.version ?? null,
    keepsStatus: known.job.status === stored?.job.status,
    ...(lease === undefined ? {} : { lease }),
    ...(isWatchedHere ? { watchedUntil: now + WATCHED_MS } : {}),
  };
}

/**
 * The job as it was claimed, where what was learned under that claim can be decided on it; null: it
 * has to be read. That something was not read after all is told at any time, also after a write
 * that the claim has not seen.
 */
function asClaimed([report, ...others]: readonly Report[]): StoredJob | null {
  if (report === undefined || others.length > 0 || report.tries > 0) return null;
  const { kind, claim } = report.evidence;
  return kind === 'skipped' ? null : (claim ?? null);
}

/** A write under a claim fails on the version that still stands only when its lease is gone. */
function hasLostLease({ evidence, lostOn }: Report, stored: StoredJob | undefined): boolean {
  return evidence.claim !== undefined && lostOn !== null && lostOn === stored?.job.version;
}

function byKey(jobs: readonly StoredJob[]): Map<string, StoredJob> {
  return new Map(jobs.map((stored) => [jobKeyText(stored.job), stored]));
}

/** How many names are remembered; who comes back after that is told of once more. */
const REMEMBERED = 10_000;

/** Tells whether something of this name comes for the first time, as far as is remembered. */
function createOncePer(): (name: string) => boolean {
  const seen = new LRUCache<string, true>({ max: REMEMBERED });
  return (name) => {
    if (seen.has(name)) return false;
    seen.set(name, true);
    return true;
  };
}
