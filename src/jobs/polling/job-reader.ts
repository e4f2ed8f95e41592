import { jobKeyText, type Job, type JobKey } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ClaimedJob, Lease, ScheduleStore } from '../../store/schedule-store.ts';
import type { JobStore } from '../../store/job-store.ts';
import type { Accounts } from '../account.ts';
import type { ReadCause } from '../job-observer.ts';
import { createClaims } from './claims.ts';
import type { JobWriter } from './job-writer.ts';
import { createLeasedReads, type ReadUnderWay } from './leased-read.ts';

/**
 * The one way a job is read from AKOOL, whoever asks: the poller, a query, a webhook's read-back. A
 * read in flight is joined, never repeated, also when another instance has it: a job that we know
 * is read under its lease alone. Each read goes through the account's limiter; what it brought is
 * reported to the job writer.
 */
export interface JobReader {
  /**
   * Reads the job and resolves to its state after that; null when AKOOL denies knowing a job that
   * we do not know either. Throws UpstreamError when it could not be read, and what the store
   * throws. `claim`: the caller's claim of the job, whose lease is given back with the report.
   */
  read(key: JobKey, claim?: ClaimedJob): Promise<Job | null>;
  /**
   * Like `read`, but a read that began before that instant does not count: its answer may be older.
   * A job that has ended is not read. `since`: in ms since the epoch.
   */
  refresh(key: JobKey, since: number): Promise<Job | null>;
  /** The leases of the reads in flight. */
  leases(): Lease[];
}

export interface JobReaderParts {
  readonly store: JobStore & ScheduleStore;
  readonly accounts: Accounts;
  readonly jobWriter: JobWriter;
  readonly clock: Clock;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
}

interface InFlight extends ReadUnderWay {
  result: Promise<Job | null>;
}

export function createJobReader(parts: JobReaderParts): JobReader {
  const { store, accounts, jobWriter, clock, leaseMs } = parts;
  const inFlight = new Map<string, InFlight>();
  const claims = createClaims({ store, clock, leaseMs });
  const reads = createLeasedReads({ store, accounts, jobWriter, claims, clock, leaseMs });

  const begin = (
    key: JobKey,
    { claim, cause }: { readonly claim?: ClaimedJob; readonly cause: ReadCause },
    work: (entry: InFlight) => Promise<Job | null>,
  ): Promise<Job | null> => {
    const text = jobKeyText(key);
    const entry: InFlight = {
      key,
      cause,
      claim,
      reporting: false,
      result: Promise.resolve(null),
    };
    inFlight.set(text, entry);
    entry.result = work(entry).finally(() => inFlight.delete(text));
    return entry.result;
  };

  const read = (key: JobKey, claim?: ClaimedJob): Promise<Job | null> => {
    const running = inFlight.get(jobKeyText(key));
    if (running !== undefined) {
      if (claim !== undefined && running.reporting) {
        // Too late for that report to give this lease back.
        return afterwards(running.result, () => jobWriter.report(key, { kind: 'skipped', claim }));
      }
      // Whoever comes with a claim has the lease that holds now.
      running.claim = claim ?? running.claim;
      return running.result;
    }
    return claim === undefined
      ? begin(key, { cause: 'query' }, (entry) => reads.readAlone(entry, null))
      : begin(key, { cause: 'poll', claim }, (entry) => reads.readAndReport(entry));
  };

  /** The refreshes that wait for the read in flight before them. */
  const next = new Map<string, Promise<Job | null>>();

  return {
    read,
    refresh(key, since) {
      const text = jobKeyText(key);
      const running = inFlight.get(text);
      const readAnew = (): Promise<Job | null> =>
        begin(key, { cause: 'webhook' }, (entry) => reads.readAlone(entry, since));
      if (running === undefined) return readAnew();
      const waiting = next.get(text);
      if (waiting !== undefined) return waiting;
      const after = running.result
        .catch(() => undefined)
        .then(() => {
          next.delete(text);
          return inFlight.get(text)?.result ?? readAnew();
        });
      next.set(text, after);
      return after;
    },
    leases: () =>
      [...inFlight.values()].flatMap(({ key, claim }) =>
        claim === undefined ? [] : [{ key, lease: claim.lease }],
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
