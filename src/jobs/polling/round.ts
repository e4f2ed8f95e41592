import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TeamId } from '../../domain/job.ts';
import type { Clock } from '../../runtime/clock.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Log } from '../../runtime/log.ts';
import type { TaskSet } from '../../runtime/task-set.ts';
import { errorType, inSpan } from '../../runtime/tracing/tracer.ts';
import type { JobStore } from '../../store/job-store.ts';
import type { ClaimedJob, ScheduleStore } from '../../store/schedule-store.ts';
import { aboutJob, noJobTraces, type JobTraces } from '../job-traces.ts';
import type { ReadLimiter } from '../limiting/read-limiter.ts';
import type { JobObserver } from '../job-observer.ts';
import type { Hub } from '../watching/hub.ts';
import type { JobReader } from './job-reader.ts';
import type { JobWriter } from './job-writer.ts';

/** One AKOOL account as the poller sees it. */
export interface PolledAccount {
  readonly limiter: ReadLimiter;
  /** The teams that use it. */
  readonly teams: readonly TeamId[];
}

export interface RoundParts {
  readonly store: JobStore & ScheduleStore;
  readonly hub: Hub;
  readonly reader: JobReader;
  readonly jobWriter: JobWriter;
  readonly observer: JobObserver;
  readonly accounts: readonly PolledAccount[];
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly traces?: JobTraces;
  /** How long a lease lasts unless renewed, in milliseconds. */
  readonly leaseMs: number;
  /** The most jobs of one account that a round claims, so that instances share what is due. */
  readonly claimAtOnce: number;
}

/**
 * Rounds are small, so that instances share what is due. So many a second use the whole budget,
 * whoever's they are.
 */
const ROUNDS_PER_SECOND = { least: 4, most: 25 };

/**
 * Up to so many reads in each, there are no more rounds than the least. Larger rounds begin so many
 * in one turn of the event loop: what is answered between two turns is dealt with at once, and does
 * not outlive a collection of the young generation.
 */
const READS_PER_ROUND = 20;

/** Rounds may follow each other so much sooner, to make up for late ones. */
const SOONER = 0.8;

/** The shortest rest, in milliseconds. */
const LEAST_REST_MS = 20;

/**
 * How many jobs of an account a round claims, and the least time between two rounds: a tenth of the
 * shortest interval, where the budget can be used like that. `minMs`: that interval.
 */
export function roundPace(
  perSecond: number,
  minMs: number,
): { readonly claimAtOnce: number; readonly restMs: number } {
  const { least, most } = ROUNDS_PER_SECOND;
  const rounds = Math.min(most, Math.max(least, perSecond / READS_PER_ROUND));
  return {
    claimAtOnce: Math.ceil(perSecond / rounds),
    restMs: Math.min((SOONER * 1_000) / rounds, Math.max(LEAST_REST_MS, minMs / 10)),
  };
}

/** The longest sleep between two rounds, in milliseconds. */
export const SWEEP_MS = 3000;

/**
 * One round: claims what is due and may be read, and begins to read it, each job on its own in
 * `reading`. Resolves to how long to sleep after it, in milliseconds. Throws what the store throws.
 */
export async function runRound(parts: RoundParts, reading: TaskSet): Promise<number> {
  const { store, accounts, clock, leaseMs, claimAtOnce } = parts;
  const shares = accounts.map(({ limiter, teams }) => ({
    limiter,
    teams,
    limit: Math.min(claimAtOnce, limiter.room()),
    claimed: 0,
  }));
  const open = shares.filter(({ limit }) => limit > 0);
  const claimed = open.length === 0 ? [] : await store.claimDue(open, leaseMs);
  for (const [place, job] of claimed.entries()) {
    if (place > 0 && place % READS_PER_ROUND === 0) await nextTurn();
    const share = open.find(({ teams }) => teams.includes(job.job.team));
    if (share !== undefined) share.claimed += 1;
    reading.add(look(parts, job));
  }
  const isFull = (share: (typeof shares)[number]): boolean => share.claimed === share.limit;
  // For as many as a round may claim: budgets come free one by one, and a round is for many.
  const admitIn = shares.filter(isFull).map(({ limiter }) => limiter.waitMs(claimAtOnce));
  const rest = shares.filter((share) => !isFull(share)).flatMap(({ teams }) => teams);
  const dueAt = rest.length === 0 ? null : await store.nextDue(rest);
  return Math.min(SWEEP_MS, ...admitIn, (dueAt ?? Infinity) - clock.now());
}

async function look(parts: RoundParts, claimed: ClaimedJob): Promise<void> {
  const { hub, reader, jobWriter, observer, clock, log, traces = noJobTraces } = parts;
  const { job, schedule } = claimed;
  const isWanted = job.madeHere || hub.isWatched(job) || schedule.watchedUntil > clock.now();
  if (schedule.dueAt !== null) observer.claimed(clock.now() - schedule.dueAt);
  const notRead = (error: unknown): void => {
    log.warn({ job: job.id, kind: job.kind, error: messageOf(error) }, 'A job was not read');
  };
  if (!isWanted) {
    await jobWriter.report(job, { kind: 'skipped', claim: claimed }).catch(notRead);
    return;
  }
  const poll = { name: 'poll', below: null, links: traces.latest(job), attributes: aboutJob(job) };
  await inSpan(traces.tracer, poll, async (span) => {
    try {
      await reader.read(job, claimed);
    } catch (error) {
      notRead(error);
      span.fail(errorType(error));
    }
  });
}
