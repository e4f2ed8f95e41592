import { join } from 'node:path';
import { startJobs, type RunningJobs } from '../../../src/app/start-jobs.ts';
import { readConfig } from '../../../src/config/config.ts';
import type { CreateHeadSwapTaskInput } from '../../../src/jobs/jobs.ts';
import { createReadLimiter } from '../../../src/jobs/limiting/read-limiter.ts';
import type { HeadSwapTask } from '../../../src/domain/job.ts';
import type { TaskObservation } from '../../../src/domain/observation.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Submission, TaskOrder, Upstream } from '../../../src/upstream/upstream.ts';
import { createFailpoints } from './failpoint-store.ts';
import { newFolder, removeFolders } from '../processes/folder.ts';
import { createManualClock } from '../time/manual-clock.ts';
import { analysisSeen, taskSeen } from '../akool/observations.ts';
import { API_KEY, CLIENT_ID } from '../gateway/stories.ts';
import { sealed } from '../akool/webhooks.ts';

export const TEAM = 'default';
export const VIDEO = 'https://example.com/v.mp4';
export const ANSWER_WITHIN_MS = 10_000;

/** One create as AKOOL got it. */
export interface Create {
  readonly order: TaskOrder;
  /** The last instant at which it may be sent. */
  readonly startBy: number;
  /** Of its webhookUrl. */
  readonly token: string;
  /** Answers it; only the first answer counts, and none once the gateway that asked is dead. */
  readonly answer: (submission: Submission<TaskObservation>) => void;
  /** Makes the request itself fail in a way that a submission never should. */
  readonly fail: (error: unknown) => void;
}

/** One gateway's heart. */
export interface Gateway {
  readonly heart: RunningJobs;
  readonly store: Store;
  buy(key: string, change?: Partial<CreateHeadSwapTaskInput>): Promise<HeadSwapTask>;
  resultOf(key: string): Promise<HeadSwapTask | null>;
  /** See World.crash. */
  kill(): Promise<void>;
}

/**
 * The heart of the gateway (purchases, webhooks, poller, store and all) under a clock moved by hand, over a real SQLite file
 * and an AKOOL that does what it is told. `crash()` is a kill -9 as seen from inside: whatever runs stops where it is, and a
 * new heart goes on from the file.
 */
export async function createWorld() {
  const folder = newFolder();
  const failpoints = createFailpoints();
  const clock = createManualClock();
  const tasks = new Map<string, TaskObservation>();
  const creates: Create[] = [];
  const logs: unknown[] = [];
  const note = (...line: unknown[]): void => void logs.push(line);
  const log = { debug: note, info: note, warn: note, error: note };
  const config = readConfig({
    AKOOL_API_KEY: API_KEY,
    POLL_MIN_MS: '2000',
    POLL_MAX_MS: '30000',
    UPSTREAM_TIMEOUT_MS: String(ANSWER_WITHIN_MS),
  });
  const url = `file:${join(folder, 'gateway.db')}`;

  /** A gateway on the file: the one that owns it, or one more beside it. */
  const begin = async (isBeside: boolean): Promise<Gateway> => {
    let dead = false;
    /** What a dead process waits for never comes. */
    const alive = async <Value>(value: Promise<Value>): Promise<Value> => {
      const outcome = await value.then(
        (result) => () => result,
        (error: unknown) => () => {
          throw error;
        },
      );
      return dead ? new Promise<Value>(() => undefined) : outcome();
    };
    const opened = await openSqliteStore({ url, clock, log, beside: isBeside });
    const store = failpoints.wrap(opened);
    const mortal = new Proxy(store, {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb !== 'function') return verb;
        // Nothing in a file says who lives; see takeForDead.
        if (isBeside && name === 'recoverPurchases') return () => Promise.resolve([]);
        return (...args: unknown[]): unknown =>
          dead ? new Promise(() => undefined) : alive(Reflect.apply(verb, target, args));
      },
    });
    const upstream: Upstream = {
      submitAnalysis: () => Promise.reject(new TypeError('not used')),
      createHeadSwapTask: (order, { startBy }) =>
        alive(
          new Promise<Submission<TaskObservation>>((answer, fail) => {
            const token = order.webhookUrl?.split('/').at(-1) ?? '';
            creates.push({ order, startBy, token, answer, fail });
          }),
        ),
      readAnalysis: (id) =>
        alive(
          Promise.resolve(
            analysisSeen({ id, status: 'COMPLETED', videoUrl: VIDEO, persons: PERSONS }),
          ),
        ),
      readHeadSwapTask: (id) =>
        alive(Promise.resolve(tasks.get(id) ?? { kind: 'DENIED' as const, code: 1014 })),
      readCreditBalance: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    };
    const webhooks = {
      publicUrl: () => 'https://gateway.example',
      clientId: CLIENT_ID,
      secrets: [API_KEY],
    };
    const limiter = createReadLimiter({ clock, perSecond: 1000, patienceMs: 10_000 });
    const ownClock = {
      now: () => clock.now(),
      after: (milliseconds: number, run: () => void) =>
        clock.after(milliseconds, () => void (dead || run())),
    };
    const heart = await startJobs({
      config,
      accounts: new Map([[TEAM, { team: TEAM, upstream, limiter, webhooks }]]),
      store: mortal,
      clock: ownClock,
      machineClock: ownClock,
      random: () => 0.5,
      log,
      checkUrls: async (_team, urls) => urls.map(() => null),
    });
    return {
      heart,
      store,
      buy: (key, change = {}) =>
        heard(heart.jobs.createHeadSwapTask(TEAM, { ...INPUT, idempotencyKey: key, ...change })),
      resultOf: (key) => heard(heart.jobs.createResult(TEAM, key)),
      async kill() {
        dead = true;
        await opened.close();
      },
    };
  };
  let first = await begin(false);
  const others: Gateway[] = [];

  /** Does something in the database as another process beside this one. */
  const beside = async <Result>(work: (other: Store) => Promise<Result>): Promise<Result> => {
    const other = await openSqliteStore({ url, clock, log, beside: true });
    try {
      return await work(other);
    } finally {
      await other.close();
    }
  };

  const have = (id: string, fields: Partial<TaskObservation> = {}): TaskObservation => {
    const task = taskSeen({
      id,
      status: 'QUEUED',
      sourceVideoUrl: VIDEO,
      ...tasks.get(id),
      ...fields,
    });
    tasks.set(id, task);
    return task;
  };

  return {
    clock,
    /** In front of every gateway's store. */
    failpoints,
    /** What AKOOL has. */
    tasks,
    creates,
    logs,
    get jobs() {
      return first.heart.jobs;
    },
    get store() {
      return first.store;
    },
    get heart() {
      return first.heart;
    },
    /** Starts one more gateway on the same database, as one of several instances. */
    async another(): Promise<Gateway> {
      const other = await begin(true);
      others.push(other);
      return other;
    },
    /** Lets everything happen that needs no more than so much time. */
    settle: (milliseconds = 60) => clock.advance(milliseconds),
    buy: (key: string, change: Partial<CreateHeadSwapTaskInput> = {}) => first.buy(key, change),
    resultOf: (key: string) => first.resultOf(key),
    /** How a promise stands by now: 'pending', the name of what it was rejected with, or the id of its job. */
    async standing(promise: Promise<{ readonly id: string } | null>): Promise<unknown> {
      let now: unknown = 'pending';
      promise.then(
        (job) => {
          now = job?.id ?? null;
        },
        (error: unknown) => {
          now = error instanceof Error ? error.name : error;
        },
      );
      await clock.advance(60);
      return now;
    },
    /** AKOOL makes a task, or moves it. */
    have,
    /** AKOOL makes a task for the create, and answers it. */
    accept: (create: number, id: string): void =>
      creates[create]?.answer({ outcome: 'accepted', observation: have(id) }),
    /** Posts a webhook; resolves to its verdict. */
    ring: (token: string, id: string, status: 2 | 3 | 4) =>
      first.heart.webhooks.receive(token, Buffer.from(JSON.stringify(sealed({ _id: id, status })))),
    /** Another instance takes this one for dead, as when it stood still, and looks after what it was buying. */
    takeForDead: () => beside((other) => other.recoverPurchases()),
    /** What `npm run purchases -- abandon` does; whether there was something to abandon. */
    abandon: (key: string) =>
      beside(async (other) => {
        const open = await other.listPurchases(['UNKNOWN']);
        const found = open.find((purchase) => purchase.key === key);
        const moved = found && (await other.movePurchase(found, ['UNKNOWN'], 'ABANDONED'));
        return Boolean(moved);
      }),
    async crash(): Promise<void> {
      await first.kill();
      first = await begin(false);
    },
    async end(): Promise<void> {
      for (const gateway of [...others, first]) await gateway.kill();
      removeFolders();
    },
  };
}

/** See createWorld. */
export type World = Awaited<ReturnType<typeof createWorld>>;

/** A test may look at a promise long after it was rejected. */
function heard<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}

const PERSONS = [{ objId: 0, previewUrl: null }];

/** An order, but for its key. */
const INPUT: CreateHeadSwapTaskInput = {
  idempotencyKey: '',
  analysisId: 'analysis',
  mappings: [{ objId: 0, faceUrl: 'https://example.com/face.png' }],
  resolution: 'P720',
  modelName: 'akool-premium',
  keepOriginalSound: true,
  templateId: null,
};
