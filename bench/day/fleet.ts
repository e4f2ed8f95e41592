import { join } from 'node:path';
import { startJobs, type RunningJobs } from '../../src/app/start-jobs.ts';
import type { Config } from '../../src/config/config.ts';
import type { Job } from '../../src/domain/job.ts';
import type { Account } from '../../src/jobs/account.ts';
import { createSharedBudgets, ownBudget } from '../../src/jobs/limiting/shared-read-budget.ts';
import { createReadLimiter } from '../../src/jobs/limiting/read-limiter.ts';
import type { Clock, Random } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/log.ts';
import { createDatabaseClock } from '../../src/store/postgres/database-clock.ts';
import { migrate } from '../../src/store/sql/schema/migrations.ts';
import { startInstanceHeartbeat } from '../../src/store/postgres/instance-heartbeat.ts';
import { createSqlStore } from '../../src/store/sql/sql-store.ts';
import {
  openSqliteConnection,
  type SqliteConnection,
} from '../../src/store/sqlite/sqlite-connection.ts';
import { sqliteEngine } from '../../src/store/sqlite/sqlite-engine.ts';
import type { Store } from '../../src/store/store.ts';
import { withWakeUps, type SendingWakeUps } from '../../src/store/decorators/with-wake-ups.ts';
import type { JobChange } from '../../src/store/instance-wake-ups.ts';
import type { Upstream } from '../../src/upstream/upstream.ts';

/** Instances of the heart on one database. */
export interface Fleet {
  readonly instances: readonly RunningJobs[];
  /** Statements that the database was sent so far. */
  statements(): number;
  /** Notifications sent so far, the instances' own beats left out. */
  notifications(): number;
  /** Ends all, while the clock is moved on. */
  stop(): Promise<void>;
}

/** What a fleet is made of. */
export interface FleetParts {
  readonly instances: number;
  readonly config: Config;
  readonly teams: readonly string[];
  readonly webhooks: Account['webhooks'];
  readonly upstream: Upstream;
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A job was written, and is durable as it is now. */
  readonly onWritten: (job: Job) => void;
}

/** How long wake-ups are gathered, as in store/postgres/postgres-wake-ups.ts, and how long one travels, in milliseconds. */
const GATHER_MS = 10;
const TRAVEL_MS = 1;

/**
 * Starts the instances. They share one SQLite database; on Postgres they would send much the same statements. More than one are made
 * to believe that the database is shared, and tell each other of changes as Postgres would.
 */
export async function startFleet(parts: FleetParts): Promise<Fleet> {
  const { config, teams, webhooks, upstream, folder, clock, random, log, onWritten } = parts;
  const isShared = parts.instances > 1;
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
  const engine = sqliteEngine(counted, clock, log);
  const id = await migrate(engine, 'bench');
  statements = 0;

  let notifications = 0;
  const hearers: ((from: string, changes: readonly JobChange[]) => void)[] = [];
  const wakeUpsOf = (owner: string): SendingWakeUps => {
    let gathered: JobChange[] = [];
    const send = (): void => {
      const changes = gathered;
      gathered = [];
      notifications += 1;
      statements += 1;
      clock.after(TRAVEL_MS, () => {
        for (const hear of hearers) hear(owner, changes);
      });
    };
    return {
      send(changes) {
        if (!isShared || changes.length === 0) return;
        if (gathered.length === 0) clock.after(GATHER_MS, send);
        gathered.push(...changes);
      },
      listen(hear) {
        hearers.push((from, changes) => {
          if (from !== owner) hear(changes);
        });
        return () => undefined;
      },
      isHearing: () => true,
    };
  };

  const storeOf = (owner: string): Store => {
    const wakeUps = wakeUpsOf(owner);
    const store = withWakeUps(createSqlStore(engine, id, owner), wakeUps);
    store.jobsWritten.subscribe((written) => {
      for (const { stored } of written) onWritten(stored.job);
    });
    return { ...store, isShared };
  };

  const start = async (number: number) => {
    const owner = `instance-${number}`;
    const store = storeOf(owner);
    const presence = isShared
      ? await startInstanceHeartbeat({
          engine,
          instance: owner,
          databaseClock: createDatabaseClock({ timers: clock, monotonic: () => clock.now() }),
          timers: clock,
          monotonic: () => clock.now(),
        })
      : null;
    const perSecond = config.pollBudgetPerSecond;
    const sharedBudgetOf = createSharedBudgets({ store, clock, perSecond });
    const accounts = new Map(
      teams.map((team) => {
        const budget = isShared ? sharedBudgetOf(team) : ownBudget;
        const patienceMs = config.upstreamTimeoutMs;
        const limiter = createReadLimiter({ clock, budget, perSecond, patienceMs });
        return [team, { team, upstream, limiter, webhooks }];
      }),
    );
    const clocks = { clock, machineClock: clock };
    const jobs = await startJobs({
      config,
      accounts,
      store,
      ...clocks,
      random,
      log,
      checkUrls: async (_team, urls) => urls.map(() => null),
    });
    return { jobs, presence };
  };
  const running: Awaited<ReturnType<typeof start>>[] = [];
  for (let number = 0; number < parts.instances; number += 1) running.push(await start(number));

  return {
    instances: running.map(({ jobs }) => jobs),
    statements: () => statements,
    notifications: () => notifications,
    async stop() {
      await Promise.all(
        running.map(async ({ jobs, presence }) => {
          await jobs.stop();
          await presence?.stop();
        }),
      );
      await engine.close();
    },
  };
}
