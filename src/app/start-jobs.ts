import { randomBytes, randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { TeamId } from '../domain/job.ts';
import type { Accounts } from '../jobs/account.ts';
import { startWebhooks, type Webhooks } from '../jobs/webhooks/webhooks.ts';
import { createJobs } from '../jobs/create-jobs.ts';
import { createCreditReader } from '../jobs/credits.ts';
import { createJobLookup } from '../jobs/job-lookup.ts';
import { createHub } from '../jobs/watching/hub.ts';
import { startWatchedJobs } from '../jobs/watching/watched-jobs.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { startLeaseRenewal } from '../jobs/polling/lease-renewal.ts';
import { startPoller, type PolledAccount, type Poller } from '../jobs/polling/poller.ts';
import { createPurchases, type PurchasesParts } from '../jobs/purchases/purchases.ts';
import type { ReadLimiter } from '../jobs/polling/read-limiter.ts';
import { createJobReader } from '../jobs/polling/job-reader.ts';
import { startRemoteChanges } from '../jobs/watching/remote-changes.ts';
import { createJobWriter } from '../jobs/polling/job-writer.ts';
import { pause, repeat, type Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import type { Store } from '../store/store.ts';

/** The heart, beating. */
export interface RunningJobs {
  readonly jobs: Jobs;
  readonly webhooks: Webhooks;
  readonly poller: Poller;
  /** Ends polling and follow-ups, and waits for reads and creates under way, 12 s at most; then gives the leases back. */
  stop(): Promise<void>;
}

/** What the heart is made of. */
export interface JobsParts {
  readonly config: Config;
  readonly accounts: Accounts;
  readonly store: Store;
  /** The store's: all instances must agree on what its instants mean, their machines need not. */
  readonly clock: Clock;
  /** This machine's. */
  readonly machineClock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Says which files AKOOL could not fetch, before anything is bought. */
  readonly checkUrls: PurchasesParts['checkUrls'];
}

/** How long a job waits when the process that reads it dies. Slow reads renew their leases. */
const LEASE_MS = 10_000;

/** The rests between rounds are a tenth of the shortest interval, within these bounds, in milliseconds. */
const REST_MS = { least: 20, most: 200 };

/**
 * Rounds are small, so that instances share what is due, and as seldom as watchers do not notice, since every instance looks. So
 * many jobs each time still use the whole budget, whoever's round it is.
 */
function roundsOf({ pollBudgetPerSecond, pollMinMs }: Config) {
  return {
    claimAtOnce: Math.ceil(pollBudgetPerSecond / 4),
    restMs: Math.min(REST_MS.most, Math.max(REST_MS.least, pollMinMs / 10)),
  };
}

/**
 * How long stopping waits for what is under way at AKOOL. Beyond it a read is somebody else's, and a create becomes UNKNOWN at the
 * next start. With the server's own 10 s it leaves time to give back what others wait for, within the 25 s of a drain.
 */
const STOP_WITHIN_MS = 12_000;

/** How often to look for purchases that another instance left behind when it ended. */
const RECOVER_MS = 10_000;

/** How often old purchase records are deleted. */
const EXPIRE_MS = 60 * 60 * 1000;

/** Puts the heart together and starts it. Purchases that a dead process left behind are recovered first. Throws what the store throws. */
export async function startJobs(parts: JobsParts): Promise<RunningJobs> {
  const { config, accounts, store, clock, machineClock, random, log } = parts;
  const pace = { minMs: config.pollMinMs, maxMs: config.pollMaxMs };
  const hub = createHub(store.jobsWritten);
  const jobWriter = createJobWriter({ store, hub, clock, random, log, pace });
  const reader = createJobReader({ store, accounts, jobWriter, clock, leaseMs: LEASE_MS });
  const stopRenewal = startLeaseRenewal({
    store,
    clock,
    log,
    leases: () => reader.leases(),
    leaseMs: LEASE_MS,
  });
  const finder = createJobLookup({ store, reader, clock, pace });
  const { find } = finder;

  const purchases = createPurchases({
    store,
    accounts,
    clock,
    machineClock,
    random,
    log,
    pace,
    find,
    checkUrls: parts.checkUrls,
    newAttempt: randomUUID,
    newToken: () => randomBytes(32).toString('base64url'),
    answerWithinMs: config.upstreamTimeoutMs,
    keepMs: config.purchaseKeepMs,
  });
  await purchases.recover();

  const webhooks = startWebhooks({
    store,
    accounts,
    reader,
    purchases,
    clock,
    log,
    retryMs: config.pollMaxMs,
  });
  const poller = startPoller({
    store,
    hub,
    reader,
    jobWriter,
    accounts: polledAccounts(accounts),
    clock,
    log,
    leaseMs: LEASE_MS,
    ...roundsOf(config),
  });
  const interest = startWatchedJobs({
    store,
    hub,
    clock,
    log,
    lookWithinMs: finder.lookWithinMs,
    poller,
  });
  const relay = startRemoteChanges({ store, hub, clock, log });
  const stopExpiring = repeat({
    clock,
    firstMs: 0,
    everyMs: EXPIRE_MS,
    work: () => store.expirePurchases(),
    onError: () => log.warn({}, 'Old purchase records could not be deleted'),
  });
  const stopRecovering = repeat({
    clock,
    everyMs: RECOVER_MS,
    work: () => purchases.recover(),
    onError: () => log.warn({}, 'Purchases left behind could not be looked for'),
  });

  return {
    jobs: createJobs({
      store,
      hub,
      clock,
      finder,
      interest,
      purchases,
      readCredits: createCreditReader(accounts),
      newKey: () => `unkeyed-${randomUUID()}`,
    }),
    webhooks,
    poller,
    async stop() {
      stopExpiring();
      stopRecovering();
      interest.stop();
      relay.stop();
      const underWay = Promise.all([webhooks.stop(), poller.stop(), purchases.stop()]);
      await Promise.race([underWay, pause(clock, STOP_WITHIN_MS)]);
      stopRenewal();
      await store.releaseLeases().catch(() => undefined);
    },
  };
}

/** The accounts by their gates, which teams with the same account share. */
function polledAccounts(accounts: Accounts): PolledAccount[] {
  const teams = new Map<ReadLimiter, TeamId[]>();
  for (const { team, gate } of accounts.values()) {
    teams.set(gate, [...(teams.get(gate) ?? []), team]);
  }
  return [...teams].map(([gate, sharing]) => ({ gate, teams: sharing }));
}
