import { jobKeyText, type Job, type JobKey } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import { isFinal } from '../../domain/status.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import type { Lease } from '../../store/schedule-store.ts';
import type { Store } from '../../store/store.ts';
import type { StoredJob } from '../../store/job-store.ts';
import { UpstreamError, type Denial } from '../../upstream/upstream.ts';
import type { Accounts } from '../account.ts';
import { observeJob } from '../observe-job.ts';
import { createClaims } from './claims.ts';
import { isReadSince } from './read-since.ts';
import type { Evidence, JobWriter } from './job-writer.ts';

/**
 * The one way a job is read from AKOOL, whoever asks: the poller, a query, a webhook's read-back. A read in flight is
 * joined, never repeated, also when another instance has it: a job that we know is read under its lease alone. Each read goes
 * through the account's gate; what it brought is reported to the job writer.
 */
export interface JobReader {
  /**
   * Reads the job and resolves to its state after that; null when AKOOL denies knowing a job that we do not know either.
   * Throws UpstreamError when it could not be read, and what the store throws.
   * `lease`: the caller's lease of the job, given back with the report.
   */
  read(key: JobKey, lease?: number): Promise<Job | null>;
  /**
   * Like `read`, but a read that began before that instant does not count: its answer may be older. A job that has ended is not
   * read. `since`: in ms since the epoch.
   */
  refresh(key: JobKey, since: number): Promise<Job | null>;
  /** The leases of the reads in flight. */
  leases(): Lease[];
}

/** What the reader is made of. */
export interface JobReaderParts {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly jobWriter: JobWriter;
  readonly clock: Clock;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
}

interface InFlight {
  readonly key: JobKey;
  /** Its own, or of whoever joined with one. */
  lease: number | undefined;
  /** What it brought is on its way to the job writer, with the lease it had by then. */
  reporting: boolean;
  result: Promise<Job | null>;
}

/** How often to look whether another instance has read the job meanwhile. */
const LOOK_AGAIN_MS = 100;

/** A reader for one process. */
export function createJobReader(parts: JobReaderParts): JobReader {
  const { store, accounts, jobWriter, clock, leaseMs } = parts;
  const inFlight = new Map<string, InFlight>();
  const claims = createClaims({ store, clock, leaseMs });

  const readAndReport = async (entry: InFlight): Promise<Job | null> => {
    const { key } = entry;
    const report = (evidence: Evidence): Promise<Job | null> => {
      entry.reporting = true;
      return jobWriter.report(
        key,
        entry.lease === undefined ? evidence : { ...evidence, lease: entry.lease },
      );
    };
    let asked = false;
    let answer: Observation | Denial;
    try {
      answer = await observeJob(accounts, key, () => {
        asked = true;
      });
    } catch (error) {
      await report({ kind: asked ? 'unread' : 'skipped' });
      throw error;
    }
    return report(
      answer.kind === 'DENIED'
        ? { kind: 'denied', code: answer.code }
        : { kind: 'seen', observation: answer },
    );
  };

  /** Reads under the job's lease; resolves to what another instance read when that one has it. */
  const readAlone = async (entry: InFlight, since: number | null): Promise<Job | null> => {
    const { key } = entry;
    const begunAt = clock.now();
    let first: StoredJob | null = null;
    for (;;) {
      // When it is only to be up to date, whoever has it does that; it need not be read again after.
      if (first === null || since !== null) {
        const claim = await claims.take(key);
        // Meanwhile somebody may have joined with a lease of their own.
        if (claim !== null) entry.lease = claim.lease;
      }
      if (entry.lease !== undefined) return readAndReport(entry);
      const [stored] = await store.readJobs([key]);
      if (stored === undefined || entry.lease !== undefined) return readAndReport(entry);
      first ??= stored;
      const { job, schedule } = stored;
      if (isFinal(job.status)) return job;
      const wasReadSince =
        since !== null
          ? isReadSince(stored, since)
          : job.observedAt >= begunAt || schedule.dueAt !== first.schedule.dueAt;
      if (wasReadSince) return job;
      if (clock.now() > begunAt + leaseMs) {
        throw new UpstreamError('unavailable', 'Another instance is reading this job.');
      }
      await pause(clock, LOOK_AGAIN_MS);
      if (since !== null) {
        const [later] = await store.readJobs([key]);
        if (later !== undefined && isReadSince(later, since)) return later.job;
      }
    }
  };

  const begin = (
    key: JobKey,
    lease: number | undefined,
    work: (entry: InFlight) => Promise<Job | null>,
  ): Promise<Job | null> => {
    const text = jobKeyText(key);
    const entry: InFlight = { key, lease, reporting: false, result: Promise.resolve(null) };
    inFlight.set(text, entry);
    entry.result = work(entry).finally(() => inFlight.delete(text));
    return entry.result;
  };

  const read = (key: JobKey, lease?: number): Promise<Job | null> => {
    const running = inFlight.get(jobKeyText(key));
    if (running !== undefined) {
      if (lease !== undefined && running.reporting) {
        // Too late for that report to give this lease back.
        return afterwards(running.result, () => jobWriter.report(key, { kind: 'skipped', lease }));
      }
      // Whoever comes with a lease has the one that holds now.
      running.lease = lease ?? running.lease;
      return running.result;
    }
    if (lease !== undefined) return begin(key, lease, readAndReport);
    return begin(key, lease, (entry) => readAlone(entry, null));
  };

  /** The refreshes that wait for the read in flight before them. */
  const next = new Map<string, Promise<Job | null>>();

  return {
    read,
    refresh(key, since) {
      const text = jobKeyText(key);
      const running = inFlight.get(text);
      if (running === undefined) return begin(key, undefined, (entry) => readAlone(entry, since));
      const waiting = next.get(text);
      if (waiting !== undefined) return waiting;
      const after = running.result
        .catch(() => undefined)
        .then(() => {
          next.delete(text);
          return (
            inFlight.get(text)?.result ?? begin(key, undefined, (entry) => readAlone(entry, since))
          );
        });
      next.set(text, after);
      return after;
    },
    leases: () =>
      [...inFlight.values()].flatMap(({ key, lease }) =>
        lease === undefined ? [] : [{ key, lease }],
      ),
  };
}

/** What `first` settles to, once `then` was done after it. */
async function afterwards<Value>(
  first: Promise<Value>,
  then: () => Promise<unknown>,
): Promise<Value> {
  try {
    return await first;
  } finally {
    await then();
  }
}
