import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { Accounts } from '../jobs/account.ts';
import { composeJobs } from '../jobs/compose-jobs.ts';
import { createCreditReader } from '../jobs/credits.ts';
import { noJobTraces, type JobTraces } from '../jobs/job-traces.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { startPolling } from '../jobs/polling/polling.ts';
import {
  createPurchases,
  recoverPurchases,
  type PurchasesParts,
} from '../jobs/purchases/purchases.ts';
import { unobserved, type JobObserver } from '../jobs/job-observer.ts';
import { createHub } from '../jobs/watching/hub.ts';
import { startWatching } from '../jobs/watching/watching.ts';
import { startWebhooks, type Webhooks } from '../jobs/webhooks/webhooks.ts';
import { pause, repeat, type Clock, type Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { newSecret } from '../runtime/secrets.ts';
import type { PurchaseStore } from '../store/purchase-store.ts';
import { leftOutKey } from '../store/purchase.ts';
import type { Store } from '../store/store.ts';

/** Jobs that are bought, followed and watched. */
export interface RunningJobs {
  readonly jobs: Jobs;
  readonly webhooks: Webhooks;
  /** Claims no job any more, so that other instances have the next look at each. */
  stopClaiming(): void;
  /**
   * Ends polling and follow-ups, and waits for reads and creates under way, 12 s at most; then
   * gives the leases back.
   */
  stop(): Promise<void>;
}

export interface StartJobsParts {
  readonly config: Config;
  readonly accounts: Accounts;
  readonly store: Store;
  /** The store's: all instances must agree on what its instants mean, their machines need not. */
  readonly clock: Clock;
  /** This machine's. */
  readonly machineClock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly traces?: JobTraces;
  /** Says which files AKOOL could not fetch, before anything is bought. */
  readonly checkUrls: PurchasesParts['checkUrls'];
  /** Default: nobody. */
  readonly observer?: JobObserver;
}

/**
 * How long stopping waits for what is under way at AKOOL. Beyond it a read is somebody else's, and
 * a create becomes UNKNOWN at the next start. With the server's own 10 s it leaves time to give
 * back what others wait for, within the 25 s of a drain.
 */
const STOP_WITHIN_MS = 12_000;

/** How often to look for purchases that another instance left behind when it ended. */
const RECOVER_MS = 10_000;

/** How often old purchase records are deleted. */
const EXPIRE_MS = 60 * 60 * 1000;

/**
 * Recovers what a dead process left behind of purchases, and starts. Throws what the store throws.
 */
export async function startJobs(parts: StartJobsParts): Promise<RunningJobs> {
  const { config, accounts, store, clock, machineClock, random, log, traces = noJobTraces } = parts;
  const { observer = unobserved } = parts;
  await recoverPurchases(store, log);
  const pace = { minMs: config.pollMinMs, maxMs: config.pollMaxMs };
  const hub = createHub(store.jobsWritten);
  const perSecond = config.pollBudgetPerSecond;
  const polling = startPolling({
    store,
    accounts,
    hub,
    clock,
    random,
    log,
    traces,
    pace,
    perSecond,
    observer,
  });
  const readCredits = createCreditReader(accounts);
  const purchases = createPurchases({
    store,
    accounts,
    clock,
    machineClock,
    random,
    log,
    traces,
    pace,
    find: polling.find,
    checkUrls: parts.checkUrls,
    readCredits,
    newAttempt: randomUUID,
    newToken: newSecret,
    answerWithinMs: config.upstreamTimeoutMs,
    keepMs: config.purchaseKeepMs,
  });
  const retryMs = config.pollMaxMs;
  const webhooks = startWebhooks({
    store,
    accounts,
    polling,
    purchases,
    clock,
    log,
    traces,
    retryMs,
  });
  const watching = startWatching({ store, hub, polling, clock, log });
  const stopHousekeeping = startHousekeeping(store, clock, log);

  return {
    jobs: composeJobs({
      store,
      polling,
      watching,
      purchases,
      readCredits,
      newKey: () => leftOutKey(randomUUID()),
    }),
    webhooks,
    stopClaiming: () => polling.stopClaiming(),
    async stop() {
      stopHousekeeping();
      watching.stop();
      const underWay = Promise.all([webhooks.stop(), polling.stop(), purchases.stop()]);
      await Promise.race([underWay, pause(clock, STOP_WITHIN_MS)]);
      await polling.end();
    },
  };
}

/**
 * Deletes old purchase records and recovers those that other instances leave behind. Returns what
 * ends it.
 */
function startHousekeeping(store: PurchaseStore, clock: Clock, log: Log): () => void {
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
    work: () => recoverPurchases(store, log),
    onError: () => log.warn({}, 'Purchases left behind could not be looked for'),
  });
  return () => {
    stopExpiring();
    stopRecovering();
  };
}
