import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstJob } from '../../src/domain/advance.ts';
import type { Job, JobKey } from '../../src/domain/job.ts';
import { isFinal } from '../../src/domain/status.ts';
import type {
  AnalysisObservation,
  Observation,
  TaskObservation,
} from '../../src/domain/observation.ts';
import { createHub } from '../../src/jobs/hub.ts';
import { startPoller } from '../../src/jobs/poller.ts';
import { createSharedBudget } from '../../src/jobs/read-budget.ts';
import { createReadGate, FAILURES_THAT_BREAK } from '../../src/jobs/read-gate.ts';
import { createReader } from '../../src/jobs/reader.ts';
import { createTracker } from '../../src/jobs/tracker.ts';
import { migrate } from '../../src/store/migrations.ts';
import { createSqlStore } from '../../src/store/sql-store.ts';
import { openSqliteConnection, type SqliteConnection } from '../../src/store/sqlite-connection.ts';
import { sqliteEngine } from '../../src/store/sqlite-engine.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';
import { createVirtualClock } from './virtual-clock.ts';

/** One replay. */
export interface DayOptions {
  readonly instances: number;
  /** Jobs a day at the day's curve; the replay makes them at that rate. */
  readonly jobsPerDay: number;
  /** The part of the day that is replayed, in hours from midnight; the busiest hour is at 15. */
  readonly fromHour: number;
  readonly hours: number;
  /** How many AKOOL accounts share the jobs. */
  readonly accounts: number;
  readonly budgetPerSecond: number;
}

/** What came out. */
export interface DayResult {
  readonly jobs: number;
  readonly reads: number;
  /** From AKOOL's end of a job to its durable end here, in ms, ascending. */
  readonly delays: readonly number[];
  readonly statements: number;
  readonly seconds: number;
  readonly unfinished: number;
  /** Reads that began closer to the one before, of the same job, than 0.8 × the shortest interval, but for webhooks' read-backs. */
  readonly closeReads: number;
}

const HOUR_MS = 3_600_000;
const PACE = { minMs: 2000, maxMs: 30_000 };
const LEASE_MS = 10_000;
const READ_MS = 150;

/** Half of the jobs are tasks with a webhook, half analyses without; some webhooks are lost. */
const TASK_SHARE = 0.5;
const LOST_WEBHOOKS = 0.02;

/** Median lengths of jobs, and how far they spread: lengths are log-normal. */
const MEDIAN_MS = { HEAD_SWAP_TASK: 120_000, ANALYSIS: 20_000 } as const;
const SPREAD = 0.7;

/**
 * Replays part of a day on a virtual clock through the real poller, gate, reader, tracker and store. The instances share one
 * SQLite database; on Postgres they would send the same statements.
 */
export async function replayDay(options: DayOptions): Promise<DayResult> {
  const { instances, jobsPerDay, fromHour, hours, accounts, budgetPerSecond } = options;
  const random = seeded(7);
  const start = Date.UTC(2026, 0, 5) + fromHour * HOUR_MS;
  const clock = createVirtualClock(start);
  const folder = mkdtempSync(join(tmpdir(), 'day-'));
  const connection = openSqliteConnection(join(folder, 'day.db'));
  connection.all('pragma synchronous = off', []);
  let statements = 0;
  const counted: SqliteConnection = {
    ...connection,
    all<Row>(sql: string, parameters: readonly unknown[]) {
      statements += 1;
      return connection.all<Row>(sql, parameters);
    },
  };
  const silent = (): void => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const engine = sqliteEngine(counted, clock, log);
  const id = await migrate(engine, 'bench');

  const ends = new Map<string, number>();
  const delays: number[] = [];
  const lastRead = new Map<string, number>();
  let reads = 0;
  let closeReads = 0;
  const upstreamRead = async <Seen>(key: string, observed: () => Seen): Promise<Seen> => {
    reads += 1;
    if (clock.now() - (lastRead.get(key) ?? 0) < 0.8 * PACE.minMs) closeReads += 1;
    lastRead.set(key, clock.now());
    await new Promise<void>((resolve) => clock.after(READ_MS, resolve));
    return observed();
  };
  const isDone = (key: string): boolean => (ends.get(key) ?? Infinity) <= clock.now();
  const upstream: Upstream = {
    submitAnalysis: () => Promise.reject(new TypeError('not used')),
    createHeadSwapTask: () => Promise.reject(new TypeError('not used')),
    readAnalysis: (jobId) => upstreamRead(jobId, () => analysisSeen(jobId, isDone(jobId))),
    readHeadSwapTask: (jobId) => upstreamRead(jobId, () => taskSeen(jobId, isDone(jobId))),
    readCreditBalance: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };

  const teams = Array.from({ length: accounts }, (_, number) => `team-${number}`);
  const fleet = Array.from({ length: instances }, (_, number) => {
    const store = { ...createSqlStore(engine, id, `instance-${number}`), isShared: instances > 1 };
    const hub = createHub();
    const gates = teams.map((team) =>
      createReadGate({
        clock,
        perSecond: budgetPerSecond,
        patienceMs: 10_000,
        ...(instances > 1 && {
          budget: createSharedBudget({
            store,
            account: team,
            perSecond: budgetPerSecond,
            breakAt: FAILURES_THAT_BREAK,
          }),
        }),
      }),
    );
    const map = new Map(
      teams.flatMap((team, place) => {
        const gate = gates[place];
        return gate ? [[team, { team, upstream, gate, callbacks: null }] as const] : [];
      }),
    );
    const told = {
      ...hub,
      publish(job: Job) {
        hub.publish(job);
        const end = ends.get(job.id);
        if (!isFinal(job.status) || end === undefined) return;
        delays.push(clock.now() - end);
        ends.delete(job.id);
        lastRead.delete(job.id);
      },
    };
    const tracker = createTracker({ store, hub: told, clock, random, log, pace: PACE });
    const reader = createReader({ store, accounts: map, tracker, clock, leaseMs: LEASE_MS });
    const pollers = teams.flatMap((team, place) => {
      const gate = gates[place];
      return gate === undefined
        ? []
        : [
            startPoller({
              store,
              hub,
              reader,
              tracker,
              gate,
              teams: [team],
              clock,
              log,
              leaseMs: LEASE_MS,
              claimAtOnce: instances > 1 ? Math.ceil(budgetPerSecond / 4) : Infinity,
              restMs: instances > 1 ? 200 : 20,
            }),
          ];
    });
    return { store, tracker, reader, pollers };
  });
  const someInstance = () => fleet[Math.floor(random() * fleet.length)];

  let made = 0;
  const make = async (): Promise<void> => {
    const instance = someInstance();
    if (instance === undefined) return;
    made += 1;
    const kind = random() < TASK_SHARE ? 'HEAD_SWAP_TASK' : 'ANALYSIS';
    const key: JobKey = { team: teams[made % accounts] ?? 'team-0', kind, id: `job-${made}` };
    const lengthMs = MEDIAN_MS[kind] * Math.exp(SPREAD * gaussian(random));
    ends.set(key.id, clock.now() + Math.round(lengthMs));
    lastRead.set(key.id, clock.now());
    const origin = { team: key.team, madeHere: true, videoUrl: VIDEO, request: null };
    const job = firstJob(origin, seen(kind, key.id, false), clock.now());
    const hasWebhook = kind === 'HEAD_SWAP_TASK';
    const schedule = instance.tracker.firstSchedule(job, hasWebhook);
    await instance.store.writeJobs([{ job, schedule, seenVersion: null }]);
    if (!hasWebhook || random() < LOST_WEBHOOKS) return;
    clock.after(lengthMs + 500, () => {
      lastRead.delete(key.id);
      void someInstance()
        ?.reader.refresh(key)
        .catch(() => undefined);
    });
  };

  const end = start + hours * HOUR_MS;
  const arrive = (): void => {
    void make();
    const hour = (clock.now() / HOUR_MS) % 24;
    const perMs =
      (jobsPerDay / (24 * HOUR_MS)) * (1 + 0.8 * Math.cos(((hour - 15) / 12) * Math.PI));
    const wait = -Math.log(1 - random()) / perMs;
    if (clock.now() + wait < end) clock.after(wait, arrive);
  };
  clock.after(0, arrive);
  await clock.runUntil(end);
  const seconds = (end - start) / 1000;
  const counts = { statements, reads, jobs: made };
  // The jobs still running are followed to their end, which shows that none was forgotten.
  for (let at = end; ends.size > 0 && at < end + 2 * HOUR_MS; at += 10_000) {
    await clock.runUntil(at + 10_000);
  }
  const stopping = Promise.all(fleet.flatMap(({ pollers }) => pollers.map((one) => one.stop())));
  await clock.runUntil(clock.now() + LEASE_MS);
  await stopping;
  await engine.close();
  rmSync(folder, { recursive: true });
  return {
    ...counts,
    seconds,
    closeReads,
    delays: delays.sort((a, b) => a - b),
    unfinished: ends.size,
  };
}

const VIDEO = 'https://example.com/videos/source.mp4';

function seen(kind: JobKey['kind'], id: string, done: boolean): Observation {
  return kind === 'ANALYSIS' ? analysisSeen(id, done) : taskSeen(id, done);
}

function analysisSeen(id: string, done: boolean): AnalysisObservation {
  const persons = done ? [] : null;
  return { ...progressSeen(id, done), kind: 'ANALYSIS', videoUrl: VIDEO, persons, video: null };
}

function taskSeen(id: string, done: boolean): TaskObservation {
  return {
    ...progressSeen(id, done),
    kind: 'HEAD_SWAP_TASK',
    sourceVideoUrl: VIDEO,
    outputUrl: done ? 'https://example.com/output/result.mp4' : null,
    durationSeconds: 10,
    resolution: 'P720',
    modelName: 'akool-premium',
    fileName: null,
    deductionLockDuration: null,
    deductionDuration: null,
  };
}

function progressSeen(id: string, done: boolean) {
  return {
    id,
    status: done ? 'COMPLETED' : 'PROCESSING',
    progress: done ? 100 : 50,
    failure: {},
    createdAt: null,
    supportId: null,
  } as const;
}

/** mulberry32: the same day every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Box and Muller's. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
