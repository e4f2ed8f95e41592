import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/store/sql/schema/migrations.ts';
import { createSqlStore } from '../../src/store/sql/sql-store.ts';
import {
  openSqliteConnection,
  type SqliteConnection,
} from '../../src/store/sqlite/sqlite-connection.ts';
import { sqliteEngine } from '../../src/store/sqlite/sqlite-engine.ts';
import type { JobListQuery } from '../../src/store/job-store.ts';
import type { Store } from '../../src/store/store.ts';
import { made, next, order, schedule, task } from './contract/store-harness.ts';
import { newFolder, removeFolders } from '../support/processes/folder.ts';
import { createManualClock } from '../support/time/manual-clock.ts';

const silent = (): void => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };
const statements: string[] = [];
let connection: SqliteConnection;
let store: Store;

beforeAll(async () => {
  connection = openSqliteConnection(join(newFolder(), 'gateway.db'));
  const recording: SqliteConnection = {
    ...connection,
    all<Row>(sql: string, parameters: readonly unknown[]) {
      statements.push(sql);
      return connection.all<Row>(sql, parameters);
    },
  };
  const engine = sqliteEngine(recording, createManualClock(), log);
  store = createSqlStore(engine, await migrate(engine, 'test'));
});

afterAll(async () => {
  await store.close();
  removeFolders();
});

/** What SQLite means to do for the statements of a verb. */
async function planOf(verb: () => Promise<unknown>): Promise<string[]> {
  statements.length = 0;
  await verb();
  return statements.flatMap((sql) => {
    const nulls = Array.from(sql.matchAll(/\?/g), () => null);
    const steps = connection.all<{ detail: string }>(`explain query plan ${sql}`, nulls);
    return steps.map(({ detail }) => detail);
  });
}

const team = 'team';
const job = task(team, 'x');
const key = order(team, 'k');
const list: JobListQuery = {
  team,
  kind: 'HEAD_SWAP_TASK',
  statuses: null,
  analysisId: null,
  after: { createdAt: 5, id: 'x' },
  limit: 10,
};

describe('every query finds its rows by an index', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    ['readJobs', 'sqlite_autoindex_job_1', () => store.readJobs([job])],
    ['writeJobs', 'sqlite_autoindex_job_1', () => store.writeJobs([made(job)])],
    [
      'writeJobs, news',
      'sqlite_autoindex_job_1',
      () => store.writeJobs([next(job, { progress: 1 })]),
    ],
    [
      'writeJobs, nothing new',
      'sqlite_autoindex_job_1',
      () => store.writeJobs([{ job, schedule: schedule(), seenVersion: 1 }]),
    ],
    ['listJobs, first page', 'job_list', () => store.listJobs({ ...list, after: null })],
    ['listJobs', 'job_list', () => store.listJobs(list)],
    [
      'listJobs by status',
      'job_list_status',
      () => store.listJobs({ ...list, statuses: ['QUEUED', 'FAILED'] }),
    ],
    [
      'listJobs by analysis',
      'job_list_analysis',
      () => store.listJobs({ ...list, analysisId: 'a' }),
    ],
    [
      'listJobs by both',
      'job_list_analysis',
      () => store.listJobs({ ...list, analysisId: 'a', statuses: ['QUEUED', 'FAILED'] }),
    ],
    ['readChanges', 'job_change', () => store.readChanges(team, 0, 10)],
    ['readChangedKeys', 'job_change', () => store.readChangedKeys(new Map([[team, 0]]), 10)],
    ['readUnfinished', 'job_unfinished', () => store.readUnfinished(team)],
    ['countUnfinished', 'job_age', () => store.countUnfinished(5, 10)],
    ['readSequence', 'sqlite_autoindex_team_counter_1', () => store.readSequence(team)],
    ['claimDue', 'job_turn', () => store.claimDue([{ teams: [team], limit: 10 }], 1_000)],
    ['nextDue', 'job_turn', () => store.nextDue([team])],
    ['count of what is due', 'job_turn', () => store.count()],
    ['count of queued jobs', 'job_queued', () => store.count()],
    ['count of running jobs', 'job_processing', () => store.count()],
    ['count of purchases', 'purchase_state', () => store.count()],
    ['count of copies', 'media_copy_pending', () => store.count()],
    ['count of webhooks', 'callback_open', () => store.count()],
    ['nextDue, leased', 'job_leased', () => store.nextDue([team])],
    [
      'markWatched',
      'sqlite_autoindex_job_1',
      () => store.markWatched([{ key: job, withinMs: 1 }], 1_000),
    ],
    ['releaseLeases', 'job_leased', () => store.releaseLeases()],
    [
      'reservePurchase of a key that is held',
      'purchase_key',
      async () => {
        await store.reservePurchase(key);
        await store.reservePurchase(order(team, 'k', { attempt: 'another' }));
      },
    ],
    ['readPurchase', 'purchase_key', () => store.readPurchase(key)],
    ['readAttempt', 'sqlite_autoindex_purchase_1', () => store.readAttempt('a')],
    ['readPurchaseByToken', 'purchase_token', () => store.readPurchaseByToken('d')],
    ['readPurchaseByJob', 'purchase_job', () => store.readPurchaseByJob(job)],
    [
      'movePurchase',
      'purchase_job',
      () =>
        store.movePurchase(key, ['RESERVED'], 'ACCEPTED', {
          accepted: { job: task(team, 'y'), schedule: schedule(), mayBeShared: false },
        }),
    ],
    [
      'movePurchase, to sending',
      'sqlite_autoindex_purchase_1',
      () => store.movePurchase(key, ['RESERVED'], 'SENDING'),
    ],
    [
      'movePurchase, with a job that may be shared',
      'sqlite_autoindex_purchase_1',
      () =>
        store.movePurchase(key, ['SENDING', 'UNKNOWN'], 'ACCEPTED', {
          accepted: { job: task(team, 'y'), schedule: schedule(), mayBeShared: true },
        }),
    ],
    [
      'movePurchase, from abandoned',
      'purchase_key',
      () => store.movePurchase(key, ['ABANDONED'], 'NOT_SENT'),
    ],
    [
      'adoptJob',
      'sqlite_autoindex_team_counter_1',
      () => store.adoptJob({ job, schedule: schedule(), mayBeShared: true }),
    ],
    ['listPurchases', 'purchase_state', () => store.listPurchases(['SENDING', 'UNKNOWN'])],
    ['expirePurchases', 'purchase_expiry', () => store.expirePurchases()],
    [
      'expirePurchases, callbacks',
      'callback_attempt',
      async () => {
        await store.reservePurchase(order(team, 'old', { keepMs: 0 }));
        await store.expirePurchases();
      },
    ],
    ['readOpenWebhooks', 'callback_open', () => store.readOpenWebhooks()],
    ['readEarlierWebhooks', 'callback_attempt', () => store.readEarlierWebhooks(['d'])],
    ['closeWebhooks', 'sqlite_autoindex_callback_1', () => store.closeWebhooks(['d'])],
  ])('%s: %s', async (_verb, index, verb) => {
    const plan = await planOf(verb);
    expect(plan.join('\n')).toMatch(new RegExp(`INDEX ${index}\\b`));
    // A page of a list by status is read from a subquery, and all of the open webhooks are wanted.
    const allowed = /CO-ROUTINE job\n|SCAN callback USING (COVERING )?INDEX callback_open/;
    const scans = plan.filter((step) => /^SCAN (job|purchase|callback|team_counter)\b/.test(step));
    expect(allowed.test(`${plan.join('\n')}\n`) ? [] : scans).toEqual([]);
  });

  it.each<[string, number, () => Promise<unknown>]>([
    ['claimDue', 3, () => store.claimDue([{ teams: [team], limit: 10 }], 1_000)],
    ['nextDue', 1, () => store.nextDue([team])],
    ['count of what is due', 1, () => store.count()],
  ])('%s goes by who watches and by when, %i times', async (_verb, times, verb) => {
    const whole = /INDEX job_turn \(team=\? AND <expr>=\?/;
    const plan = await planOf(verb);
    expect(plan.filter((step) => whole.test(step))).toHaveLength(times);
  });
});
