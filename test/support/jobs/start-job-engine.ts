import { join } from 'node:path';
import { firstJob } from '../../../src/domain/advance.ts';
import type { Job, JobKey } from '../../../src/domain/job.ts';
import { unobserved as observer } from '../../../src/jobs/job-observer.ts';
import { createJobTraces } from '../../../src/jobs/job-traces.ts';
import { noTracer, type Tracer } from '../../../src/runtime/tracing/tracer.ts';
import { createHub } from '../../../src/jobs/watching/hub.ts';
import { firstLook } from '../../../src/jobs/polling/schedule.ts';
import { startPoller, type Poller } from '../../../src/jobs/polling/poller.ts';
import { roundPace } from '../../../src/jobs/polling/round.ts';
import { createReadLimiter } from '../../../src/jobs/limiting/read-limiter.ts';
import { createJobReader } from '../../../src/jobs/polling/job-reader.ts';
import { createJobWriter } from '../../../src/jobs/polling/job-writer.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Upstream } from '../../../src/upstream/upstream.ts';
import { newFolder } from '../processes/folder.ts';
import { createManualClock } from '../time/manual-clock.ts';
import { taskSeen } from '../akool/observations.ts';

const TEAM = 'default';
/** A team with an AKOOL account of its own. */
export const OTHER_TEAM = 'other';
const LEASE_MS = 15_000;
export const PACE = { minMs: 2000, maxMs: 30_000 };

/** What a test upstream answers to the read of a task. */
export type ReadTask = Upstream['readHeadSwapTask'];

/**
 * The parts between store and upstream under a clock moved by hand: a real SQLite file, a real jobWriter, limiter, reader and
 * poller, and an upstream that is one function.
 */
export async function startJobEngine(options: {
  readonly readTask: ReadTask;
  readonly perSecond?: number;
  readonly wrapStore?: (store: Store) => Store;
  readonly tracer?: Tracer;
}) {
  const clock = createManualClock();
  const warnings: string[] = [];
  const note = (_fields: unknown, message: string): void => void warnings.push(message);
  const log = { debug: () => undefined, info: () => undefined, warn: note, error: note };
  const opened = await openSqliteStore({
    url: `file:${join(newFolder(), 'gateway.db')}`,
    clock,
    log,
  });
  let rounds = 0;
  const counted: Store = {
    ...opened,
    claimDue(shares, leaseMs) {
      rounds += 1;
      return opened.claimDue(shares, leaseMs);
    },
  };
  const store = options.wrapStore?.(counted) ?? counted;
  const { tracer = noTracer } = options;
  const traces = createJobTraces({ tracer, jobsWritten: store.jobsWritten, clock });
  const hub = createHub(store.jobsWritten);
  const newLimiter = () =>
    createReadLimiter({ clock, perSecond: options.perSecond ?? 20, patienceMs: 10_000 });
  const limiter = newLimiter();
  const otherLimiter = newLimiter();
  const upstream: Upstream = {
    submitAnalysis: () => Promise.reject(new Error('not used')),
    createHeadSwapTask: () => Promise.reject(new Error('not used')),
    readAnalysis: () => Promise.reject(new Error('not used')),
    readHeadSwapTask: options.readTask,
    readCreditBalance: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
  const accounts = new Map([
    [TEAM, { team: TEAM, upstream, limiter, webhooks: null }],
    [OTHER_TEAM, { team: OTHER_TEAM, upstream, limiter: otherLimiter, webhooks: null }],
  ]);
  const pollers: Poller[] = [];
  const jobWriter = createJobWriter({
    store,
    hub,
    clock,
    random: () => 0.5,
    log,
    traces,
    pace: PACE,
    observer,
  });
  const reader = createJobReader({ store, accounts, jobWriter, clock, leaseMs: LEASE_MS });

  return {
    clock,
    store,
    hub,
    limiter,
    jobWriter,
    reader,
    traces,
    warnings,
    /** Polling rounds so far. */
    rounds: () => rounds,
    /** Starts polling; ended by `stop`. */
    poll(): Poller {
      const poller = startPoller({
        store,
        hub,
        reader,
        jobWriter,
        observer,
        accounts: [
          { limiter, teams: [TEAM] },
          { limiter: otherLimiter, teams: [OTHER_TEAM] },
        ],
        clock,
        log,
        leaseMs: LEASE_MS,
        ...roundPace(options.perSecond ?? 20, PACE.minMs),
      });
      pollers.push(poller);
      return poller;
    },
    /** Puts tasks made here into the store, due after the first interval. */
    async make(ids: readonly string[], hasWebhook = false, team = TEAM): Promise<void> {
      const videoUrl = 'https://example.com/v.mp4';
      const origin = { team, madeHere: true, videoUrl, request: null };
      await store.writeJobs(
        ids.map((id) => {
          const look = { now: clock.now(), pace: PACE, random: () => 0.5 };
          const job = firstJob(
            origin,
            taskSeen({ id, status: 'QUEUED', progress: 0 }),
            clock.now(),
          );
          return { job, schedule: firstLook(job, hasWebhook, look), seenVersion: null };
        }),
      );
    },
    async read(id: string): Promise<Job | undefined> {
      const [stored] = await store.readJobs([keyOf(id)]);
      return stored?.job;
    },
    async stop(): Promise<void> {
      const stopped = Promise.all(pollers.map((poller) => poller.stop()));
      await clock.advance(100);
      await stopped;
      await store.close();
    },
  };
}

/** The key of one of the team's tasks. */
export function keyOf(id: string): JobKey {
  return { team: TEAM, kind: 'HEAD_SWAP_TASK', id };
}
