import { isFinal, type Job, type JobKey } from '../../domain/job.ts';
import type { Observation } from '../../domain/observation.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import type { JobStore, StoredJob } from '../../store/job-store.ts';
import { UpstreamError, type Denial } from '../../upstream/upstream.ts';
import type { ClaimedJob } from '../../store/schedule-store.ts';
import type { Accounts } from '../account.ts';
import type { ReadCause } from '../job-observer.ts';
import { readUpstream } from '../read-upstream.ts';
import type { Claims } from './claims.ts';
import type { Evidence } from './evidence.ts';
import type { JobWriter } from './job-writer.ts';
import { isReadSince } from './schedule.ts';

/** A read under way. */
export interface ReadUnderWay {
  readonly key: JobKey;
  readonly cause: ReadCause;
  /** Its own, or of whoever joined with one. */
  claim: ClaimedJob | undefined;
  /** What it brought is on its way to the job writer, with the claim it had by then. */
  reporting: boolean;
}

/**
 * The two ways to read a job: whoever has its lease reads it, and whoever has not waits for the one
 * that has.
 */
export interface LeasedReads {
  /** Asks AKOOL and reports what came of it. Throws UpstreamError and what the store throws. */
  readAndReport(read: ReadUnderWay): Promise<Job | null>;
  /**
   * Takes the job's lease and reads it; resolves to what another instance read when that one has
   * it. `since`: a read that began before that instant does not count; null: whatever is read from
   * now on does.
   */
  readAlone(read: ReadUnderWay, since: number | null): Promise<Job | null>;
}

export interface LeasedReadsParts {
  readonly store: JobStore;
  readonly accounts: Accounts;
  readonly jobWriter: JobWriter;
  readonly claims: Claims;
  readonly clock: Clock;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
}

/** How often to look whether another instance has read the job meanwhile. */
const LOOK_AGAIN_MS = 100;

export function createLeasedReads(parts: LeasedReadsParts): LeasedReads {
  const { store, accounts, jobWriter, claims, clock, leaseMs } = parts;

  const readAndReport = async (read: ReadUnderWay): Promise<Job | null> => {
    const { key } = read;
    const report = (evidence: Evidence): Promise<Job | null> => {
      read.reporting = true;
      const { claim, cause } = read;
      const caused = { ...evidence, cause };
      return jobWriter.report(key, claim === undefined ? caused : { ...caused, claim });
    };
    let asked = false;
    let answer: Observation | Denial;
    try {
      answer = await readUpstream(accounts, key, () => {
        asked = true;
      });
    } catch (error) {
      await report({ kind: asked ? 'unread' : 'skipped' });
      throw error;
    }
    if (answer.kind === 'DENIED') return report({ kind: 'denied', code: answer.code });
    const job = await report({ kind: 'seen', observation: answer });
    if (job === null) throw unusable(answer);
    return job;
  };

  return {
    readAndReport,
    async readAlone(read, since) {
      const { key } = read;
      const begunAt = clock.now();
      let first: StoredJob | null = null;
      for (;;) {
        // A plain read may rely on the current lease holder; only who asks for a newer read takes
        // the lease after it.
        if (first === null || since !== null) {
          const claim = await claims.take(key);
          // Meanwhile somebody may have joined with a claim of their own.
          if (claim !== null) read.claim = claim;
        }
        if (read.claim !== undefined) return readAndReport(read);
        const [stored] = await store.readJobs([key]);
        if (stored === undefined || read.claim !== undefined) return readAndReport(read);
        first ??= stored;
        if (isFinal(stored.job.status) || wasRead(stored, since, { first, begunAt })) {
          return stored.job;
        }
        if (clock.now() > begunAt + leaseMs) {
          throw new UpstreamError('unavailable', 'Another instance is reading this job.');
        }
        await pause(clock, LOOK_AGAIN_MS);
        if (since !== null) {
          const [later] = await store.readJobs([key]);
          if (later !== undefined && isReadSince(later, since)) return later.job;
        }
      }
    },
  };
}

/** AKOOL knows the job, and of the video that it is of it says nothing that can be kept. */
function unusable({ urlProblem }: Observation): UpstreamError {
  return new UpstreamError(
    'protocol',
    urlProblem === null
      ? 'AKOOL knows this job and does not name its video.'
      : `AKOOL knows this job, but the URL of its video ${urlProblem}.`,
  );
}

/** Whether another instance has read the job, as late as is asked for. */
function wasRead(
  stored: StoredJob,
  since: number | null,
  { first, begunAt }: { readonly first: StoredJob; readonly begunAt: number },
): boolean {
  if (since !== null) return isReadSince(stored, since);
  const { job, schedule } = stored;
  return job.observedAt >= begunAt || schedule.dueAt !== first.schedule.dueAt;
}
