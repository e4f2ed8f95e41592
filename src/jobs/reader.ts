import { LRUCache } from 'lru-cache';
import { jobKeyText, type Job, type JobKey } from '../domain/job.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Denial } from '../upstream/upstream.ts';
import type { Observation } from '../domain/observation.ts';
import { accountOf, type Accounts } from './account.ts';
import type { Evidence, Tracker } from './tracker.ts';

/**
 * The one way a job is read from AKOOL, whoever asks: the poller, a query, a callback's read-back. A read in flight is
 * joined, never repeated; each goes through the account's gate; what it brought is reported to the tracker.
 */
export interface Reader {
  /**
   * Reads the job and resolves to its state after that; null when AKOOL denies knowing a job that we do not know either.
   * Throws UpstreamError when it could not be read, and what the store throws.
   * `lease`: the caller's lease of the job, given back with the report.
   */
  read(key: JobKey, lease?: number): Promise<Job | null>;
  /** Asks AKOOL about a job, past the gate but not past the tracker: nothing is reported. Throws UpstreamError. */
  observe(key: JobKey): Promise<Observation | Denial>;
  /** Resolves once no read of the job is in flight. Never throws. */
  settled(key: JobKey): Promise<void>;
  /** When a read of the job last began here, in ms since the epoch; null: not lately. */
  lastReadAt(key: JobKey): number | null;
}

/** What the reader is made of. */
export interface ReaderParts {
  readonly accounts: Accounts;
  readonly tracker: Tracker;
  readonly clock: Clock;
}

interface InFlight {
  /** Of whoever joined with one. */
  lease: number | undefined;
  /** What it brought is on its way to the tracker, with the lease it had by then. */
  reporting: boolean;
  result: Promise<Job | null>;
}

/** How many jobs' last reads are remembered; one more than this and a job may be read again within its interval. */
const REMEMBERED_READS = 10_000;

/** A reader for one process. */
export function createReader({ accounts, tracker, clock }: ReaderParts): Reader {
  const inFlight = new Map<string, InFlight>();
  const begun = new LRUCache<string, number>({ max: REMEMBERED_READS });

  const observe = (key: JobKey, onStart?: () => void): Promise<Observation | Denial> => {
    const { upstream, gate } = accountOf(accounts, key.team);
    return gate.run<Observation | Denial>(() => {
      onStart?.();
      begun.set(jobKeyText(key), clock.now());
      return key.kind === 'ANALYSIS'
        ? upstream.readAnalysis(key.id)
        : upstream.readHeadSwapTask(key.id);
    });
  };

  const readAndReport = async (key: JobKey, entry: InFlight): Promise<Job | null> => {
    const report = (evidence: Evidence): Promise<Job | null> => {
      entry.reporting = true;
      return tracker.report(
        key,
        entry.lease === undefined ? evidence : { ...evidence, lease: entry.lease },
      );
    };
    let asked = false;
    let answer: Observation | Denial;
    try {
      answer = await observe(key, () => {
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

  return {
    read(key, lease) {
      const text = jobKeyText(key);
      const running = inFlight.get(text);
      if (running !== undefined) {
        if (lease !== undefined && running.reporting) {
          // Too late for that report to give this lease back.
          return running.result.finally(() => tracker.report(key, { kind: 'skipped', lease }));
        }
        running.lease ??= lease;
        return running.result;
      }
      const entry: InFlight = { lease, reporting: false, result: Promise.resolve(null) };
      inFlight.set(text, entry);
      entry.result = readAndReport(key, entry).finally(() => inFlight.delete(text));
      return entry.result;
    },
    observe: (key) => observe(key),
    async settled(key) {
      await inFlight.get(jobKeyText(key))?.result.catch(() => undefined);
    },
    lastReadAt: (key) => begun.get(jobKeyText(key)) ?? null,
  };
}
