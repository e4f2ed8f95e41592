import { advance, endDenied, firstJob, videoUrlOf } from '../../domain/advance.ts';
import { jobKeyText, type Job, type JobKey } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import { isFinal } from '../../domain/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { JobWrite, StoredJob } from '../../store/job-store.ts';
import type { Store } from '../../store/store.ts';
import type { Hub } from '../watching/hub.ts';
import { DENIED_FOR_GOOD_MS } from '../denied-for-good.ts';
import { neverLooked, nextLook, type Look, type PollPace } from './schedule.ts';

/**
 * The single writer of jobs. Whatever is learned about a job is reported here as evidence; the job writer decides what it
 * changes (domain/advance), when to look again (schedule.ts), and writes both durably; the store then tells who watches.
 *
 * Reports are gathered and written in groups: while one group is being written the next one gathers, so a thousand reports
 * share a few statements and syncs. Within a group the reports of one job are applied in the order they came. A write
 * that another instance got ahead of is decided again on what that one wrote; one whose lease was lost is dropped.
 */
export interface JobWriter {
  /** Resolves to the job as it then stands, once that is durable; null when nothing is known of it. Throws what the store throws. */
  report(key: JobKey, evidence: Evidence): Promise<Job | null>;
}

/** Something learned about a job. */
export type Evidence = (
  | { readonly kind: 'seen'; readonly observation: Observation }
  /** AKOOL denies knowing it. */
  | { readonly kind: 'denied'; readonly code: number }
  /** It could not be read: only the next look moves. */
  | { readonly kind: 'unread' }
  /** It was not read after all: the account is paused, or nobody watches a foreign job any more. */
  | { readonly kind: 'skipped' }
) & {
  /** The lease under which it was read, if any. */
  readonly lease?: number;
};

/** What the job writer is made of. */
export interface JobWriterParts {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly pace: PollPace;
}

/** The shortest time between two groups: 20 ms give 20,000 durable updates a second on SQLite . */
const GROUP_MS = 20;

/** A write lost this often to other writers is given up; each loss means that somebody else moved the job on. */
const MOST_TRIES = 8;

interface Report {
  readonly key: JobKey;
  readonly evidence: Evidence;
  readonly resolve: (job: Job | null) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

/** The one writer of a process. */
export function createJobWriter(parts: JobWriterParts): JobWriter {
  const { store, hub, clock, random, log, pace } = parts;
  let gathering: Report[] = [];
  let writing = false;
  let groupStartedAt = -Infinity;

  /** What one piece of evidence makes of a known job. */
  const decide = (before: Job, look: Look, evidence: Evidence): { job: Job; look: Look } => {
    switch (evidence.kind) {
      case 'seen': {
        const { job, anomaly } = advance(before, evidence.observation, clock.now());
        if (anomaly !== null) log.warn({ job: before.id, anomaly }, 'AKOOL contradicts itself');
        return { job, look: { ...look, failures: 0, deniedSince: null } };
      }
      case 'denied': {
        const deniedSince = look.deniedSince ?? clock.now();
        const forGood = clock.now() - deniedSince >= DENIED_FOR_GOOD_MS;
        const job =
          forGood && !isFinal(before.status)
            ? endDenied(before, evidence.code, clock.now())
            : before;
        return { job, look: { ...look, failures: look.failures + 1, deniedSince } };
      }
      case 'unread':
        return { job: before, look: { ...look, failures: look.failures + 1 } };
      case 'skipped':
        return { job: before, look };
    }
  };

  /** The write that a job's reports come to; null when they change nothing. */
  const plan = (stored: StoredJob | undefined, key: JobKey, reports: Report[]): JobWrite | null => {
    let job = stored?.job ?? null;
    let look: Look = stored?.schedule ?? neverLooked(false, clock.now());
    let lease: number | undefined;
    for (const { evidence } of reports) {
      lease = evidence.lease ?? lease;
      if (job !== null) ({ job, look } = decide(job, look, evidence));
      else if (evidence.kind === 'seen') job = foreignJob(key, evidence.observation);
    }
    if (job === null || (stored !== undefined && isFinal(stored.job.status))) return null;
    const now = clock.now();
    const isWatched = hub.isWatched(key) || (stored?.schedule.watchedUntil ?? 0) > now;
    return {
      job,
      schedule: nextLook(job, look, { now, isWatched, pace, random }),
      seenVersion: stored?.job.version ?? null,
      ...(lease === undefined ? {} : { lease }),
    };
  };

  const foreignJob = (key: JobKey, seen: Observation): Job | null => {
    const videoUrl = videoUrlOf(seen);
    if (videoUrl === null) return null;
    return firstJob(
      { team: key.team, madeHere: false, videoUrl, request: null },
      seen,
      clock.now(),
    );
  };

  const writeGroup = async (group: Report[]): Promise<void> => {
    const byJob = new Map<string, { key: JobKey; reports: Report[] }>();
    for (const report of group) {
      const text = jobKeyText(report.key);
      const entry = byJob.get(text) ?? { key: report.key, reports: [] };
      byJob.set(text, entry);
      entry.reports.push(report);
    }
    const stored = await readStored([...byJob.values()].map((entry) => entry.key));
    const writes = new Map<string, JobWrite>();
    for (const [text, { key, reports }] of byJob) {
      const write = plan(stored.get(text), key, reports);
      if (write !== null) writes.set(text, write);
    }
    const written = writes.size === 0 ? [] : await store.writeJobs([...writes.values()]);
    const done = new Map(written.map((entry) => [jobKeyText(entry.job), entry.job]));
    for (const [text, { reports }] of byJob) {
      const write = writes.get(text);
      const job = done.get(text);
      if (write === undefined) {
        for (const report of reports) report.resolve(stored.get(text)?.job ?? null);
      } else if (job === undefined) {
        for (const report of reports) again(report);
      } else {
        for (const report of reports) report.resolve(job);
      }
    }
  };

  /** Somebody else wrote first. Without the lease, a further try is decided on what that one wrote. */
  const again = (report: Report): void => {
    report.tries += 1;
    if (report.evidence.lease !== undefined || report.tries >= MOST_TRIES) {
      readStored([report.key]).then(
        (stored) => report.resolve(stored.get(jobKeyText(report.key))?.job ?? null),
        report.reject,
      );
      return;
    }
    gathering.push(report);
  };

  const readStored = async (keys: readonly JobKey[]): Promise<Map<string, StoredJob>> =>
    new Map((await store.readJobs(keys)).map((entry) => [jobKeyText(entry.job), entry]));

  const writeOn = (): void => {
    if (writing || gathering.length === 0) return;
    writing = true;
    clock.after(Math.max(0, groupStartedAt + GROUP_MS - clock.now()), () => {
      groupStartedAt = clock.now();
      const group = gathering;
      gathering = [];
      writeGroup(group)
        .catch((error: unknown) => {
          for (const report of group) report.reject(error);
        })
        .finally(() => {
          writing = false;
          writeOn();
        });
    });
  };

  return {
    report(key, evidence) {
      return new Promise((resolve, reject) => {
        gathering.push({ key, evidence, resolve, reject, tries: 0 });
        writeOn();
      });
    },
  };
}
