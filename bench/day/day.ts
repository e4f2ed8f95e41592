import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningJobs } from '../../src/app/start-jobs.ts';
import { readConfig } from '../../src/config/config.ts';
import { isFinal, type JobKind } from '../../src/domain/job.ts';
import { sealCallback } from '../../src/sandbox/callbacks/callback-crypto.ts';
import { startFleet } from './fleet.ts';
import { seededRandom } from './random.ts';
import { createVirtualAkool } from './virtual-akool.ts';
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
  /** The share of customers that watch their jobs. */
  readonly watching: number;
  /** Is told each hour what came out so far. */
  readonly onHour?: (soFar: DayCounts) => void;
}

/** What it took up to some moment. */
export interface DayCounts {
  readonly seconds: number;
  readonly jobs: number;
  readonly reads: number;
  readonly statements: number;
  readonly notifications: number;
}

/** What came out. */
export interface DayResult extends DayCounts {
  /** From AKOOL's end of a job to its durable end here, in ms, ascending. */
  readonly delays: readonly number[];
  /** From AKOOL's end of a job to its watcher's last event, in ms, ascending. */
  readonly watcherDelays: readonly number[];
  /** In the busiest minute. */
  readonly mostStatementsPerSecond: number;
  /** Jobs that were not followed to their end. */
  readonly unfinished: number;
  /** Purchases that did not make their job. */
  readonly notBought: number;
  readonly closeReads: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** How long customers think before they order the swap, and when those who do not watch come back. */
const THINKING_MS = 15_000;
const AWAY_MS = 120_000;

/** A callback comes so long after the end; some are lost. */
const CALLBACK_MS = 500;
const LOST_CALLBACKS = 0.02;

/** How long jobs that still run at the end are followed. */
const FOLLOWED_MS = 2 * HOUR_MS;

const SECRETS = { clientId: 'bench-client-id-', clientSecret: 'bench-key-of-32-characters-long!' };
const PUBLIC_URL = 'https://gateway.example';

/**
 * Replays part of a day on a virtual clock through the gateway's whole heart (app/start-jobs.ts): customers submit an analysis, see it
 * end, order a head swap and see that end, each step at any instance, half of them watching. Only HTTP, GraphQL and the network
 * are left out.
 */
export async function replayDay(options: DayOptions): Promise<DayResult> {
  const { jobsPerDay, fromHour, hours, accounts, budgetPerSecond, watching, onHour } = options;
  const random = seededRandom(7);
  const start = Date.UTC(2026, 0, 5) + fromHour * HOUR_MS;
  const end = start + hours * HOUR_MS;
  const clock = createVirtualClock(start);
  const folder = mkdtempSync(join(tmpdir(), 'day-'));
  const silent = (): void => undefined;
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const config = readConfig({
    AKOOL_API_KEY: SECRETS.clientSecret,
    POLL_BUDGET_PER_SECOND: String(budgetPerSecond),
  });
  const teams = Array.from({ length: accounts }, (_, number) => `team-${number}`);
  const live = new Set<string>();
  const delays: number[] = [];
  const watcherDelays: number[] = [];

  const akool = createVirtualAkool({
    clock,
    random,
    pollMinMs: config.pollMinMs,
    onTask({ id, endsAt, webhookUrl }) {
      const token = webhookUrl?.slice(webhookUrl.lastIndexOf('/') + 1);
      if (token === undefined || random() < LOST_CALLBACKS) return;
      clock.after(endsAt + CALLBACK_MS - clock.now(), () => {
        akool.ring(id);
        const text = JSON.stringify({ _id: id, status: 3, type: 'headswap', url: '' });
        const body = sealCallback(text, SECRETS, clock.now(), id);
        void someInstance().webhooks.receive(token, Buffer.from(JSON.stringify(body)));
      });
    },
  });
  const fleet = await startFleet({
    instances: options.instances,
    config,
    teams,
    webhooks: {
      publicUrl: () => PUBLIC_URL,
      clientId: SECRETS.clientId,
      secrets: [SECRETS.clientSecret],
    },
    upstream: akool.upstream,
    folder,
    clock,
    random,
    log,
    onWritten(job) {
      if (!isFinal(job.status) || !live.delete(job.id)) return;
      delays.push(clock.now() - akool.endOf(job.id));
      akool.forget(job.id);
    },
  });
  const someOf = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new TypeError('Nothing to choose from');
    return item;
  };
  const someInstance = (): RunningJobs => someOf(fleet.instances);
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => clock.after(milliseconds, resolve));

  /** Watches a job to its end at some instance. */
  const watch = async (team: string, kind: JobKind, id: string): Promise<void> => {
    for await (const job of await someInstance().jobs.watch({ team, kind, id }, null)) {
      if (isFinal(job.status)) watcherDelays.push(clock.now() - akool.endOf(id));
    }
  };
  let made = 0;
  const visit = async (number: number): Promise<void> => {
    const team = someOf(teams);
    const watches = random() < watching;
    const submitted = { videoUrl: 'https://cdn.example/video.mp4', idempotencyKey: null };
    const analysis = await someInstance().jobs.submitAnalysis(team, submitted);
    made += 1;
    live.add(analysis.id);
    if (watches) await watch(team, 'ANALYSIS', analysis.id);
    await pause(watches ? THINKING_MS : akool.endOf(analysis.id) + AWAY_MS - clock.now());
    const task = await someInstance().jobs.createHeadSwapTask(team, {
      idempotencyKey: `visit-${number}`,
      analysisId: analysis.id,
      mappings: [{ objId: 0, faceUrl: 'https://cdn.example/face.png' }],
      resolution: 'P720',
      modelName: 'akool-premium',
      keepOriginalSound: true,
      templateId: null,
    });
    made += 1;
    live.add(task.id);
    if (watches) await watch(team, 'HEAD_SWAP_TASK', task.id);
  };

  let visits = 0;
  let notBought = 0;
  const arrive = (): void => {
    visits += 1;
    visit(visits).catch(() => {
      notBought += 1;
    });
    const hour = (clock.now() / HOUR_MS) % 24;
    const visitsPerMs =
      (jobsPerDay / 2 / (24 * HOUR_MS)) * (1 + 0.8 * Math.cos(((hour - 15) / 12) * Math.PI));
    const wait = -Math.log(1 - random()) / visitsPerMs;
    if (clock.now() + wait < end) clock.after(wait, arrive);
  };
  clock.after(0, arrive);

  const countsAt = (at: number): DayCounts => ({
    seconds: (at - start) / 1000,
    jobs: made,
    reads: akool.reads(),
    statements: fleet.statements(),
    notifications: fleet.notifications(),
  });
  let mostStatements = 0;
  for (let at = start; at < end;) {
    const before = fleet.statements();
    at = Math.min(end, at + MINUTE_MS);
    await clock.runUntil(at);
    mostStatements = Math.max(mostStatements, fleet.statements() - before);
    if ((at - start) % HOUR_MS === 0) onHour?.(countsAt(at));
  }
  const counts = countsAt(end);
  // What still runs is followed to its end, which shows that nothing was forgotten.
  for (
    let at = end;
    at < end + FOLLOWED_MS && (live.size > 0 || made < 2 * (visits - notBought));
  ) {
    at += MINUTE_MS;
    await clock.runUntil(at);
  }
  const stopping = fleet.stop();
  await clock.runUntil(clock.now() + MINUTE_MS);
  await stopping;
  rmSync(folder, { recursive: true });
  return {
    ...counts,
    mostStatementsPerSecond: mostStatements / (MINUTE_MS / 1000),
    notBought,
    unfinished: live.size,
    closeReads: akool.closeReads(),
    delays: delays.sort((a, b) => a - b),
    watcherDelays: watcherDelays.sort((a, b) => a - b),
  };
}
