import { createAccounts } from '../../app/accounts.ts';
import { openStore } from '../../app/open-store.ts';
import { findTeams } from '../../app/start-teams.ts';
import type { Config } from '../../config/config.ts';
import type { Job } from '../../domain/job.ts';
import { createHub } from '../../jobs/watching/hub.ts';
import { createOrders } from '../../jobs/purchases/orders.ts';
import { kindOf } from '../../jobs/purchases/order.ts';
import { createJobWriter } from '../../jobs/polling/job-writer.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Purchase } from '../../store/purchase.ts';
import { OVER_AFTER_MS } from '../../upstream/submission-deadlines.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import type { Which } from './flags.ts';
import { Refusal } from './refusal.ts';

/** Ends by hand what no answer and no callback has ended, beside a gateway that may be running. */
export interface Desk {
  /** The creates whose outcome is unknown, oldest first. */
  list(which: Which): Promise<Purchase[]>;
  /** The one with this key. Throws Refusal when there is none, or more than one. */
  find(key: string, which: Which): Promise<Purchase>;
  /**
   * Reads the job back from AKOOL and settles the purchase with it. Throws Refusal when AKOOL does not know it, or it is of
   * another video, or it belongs to another purchase.
   */
  settle(purchase: Purchase, jobId: string): Promise<Job>;
  /** Frees the key of this very attempt. Throws Refusal while its request may still be under way. */
  abandon(purchase: Purchase): Promise<void>;
  close(): Promise<void>;
}

/** What a desk is made of. */
export interface DeskParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens one on the gateway's own database and accounts. Throws StoreOpenError. */
export async function openDesk({ config, clock, log }: DeskParts): Promise<Desk> {
  const store = await openStore(config.databaseUrl, clock, log, true);
  const random = Math.random;
  const accounts = createAccounts({
    config,
    teams: findTeams(config),
    store,
    clock,
    random,
    log,
    publicUrl: null,
  });
  const pace = { minMs: config.pollMinMs, maxMs: config.pollMaxMs };
  const orders = createOrders({
    accounts,
    jobWriter: createJobWriter({
      store,
      hub: createHub(store.jobsWritten),
      clock,
      random,
      log,
      pace,
    }),
    clock,
    // An order is made from an analysis that the gateway knows, so AKOOL need not be asked for it.
    find: async (key) => (await store.readJobs([key]))[0]?.job ?? null,
    newToken: () => '',
  });

  const list = async ({ team, mutation }: Which): Promise<Purchase[]> => {
    const unknown = await store.listPurchases(['UNKNOWN', 'SENDING']);
    return unknown.filter(
      (each) =>
        (team === null || each.team === team) && (mutation === null || each.mutation === mutation),
    );
  };

  return {
    list,
    async find(key, which) {
      const [found, ...more] = (await list(which)).filter((each) => each.key === key);
      if (found === undefined) {
        throw new Refusal('No create with this key has an unknown outcome.');
      }
      if (more.length > 0) {
        const all = [found, ...more].map(({ team, mutation }) => `  ${team} ${mutation}`);
        throw new Refusal(
          `Several have this key; say which with --team and --mutation:\n${all.join('\n')}`,
        );
      }
      return found;
    },
    async settle(purchase, jobId) {
      const { team } = purchase;
      const kind = kindOf(purchase);
      const upstream = accounts.get(team)?.upstream;
      if (upstream === undefined) {
        throw new Refusal(`Team ${team} is not configured here: use the gateway's environment.`);
      }
      const reading =
        kind === 'ANALYSIS' ? upstream.readAnalysis(jobId) : upstream.readHeadSwapTask(jobId);
      const seen = await reading.catch((error: unknown) => {
        throw error instanceof UpstreamError
          ? new Refusal(`It could not be read back: ${error.message} Nothing was changed.`)
          : error;
      });
      if (seen.kind === 'DENIED') {
        throw new Refusal(`AKOOL knows no such ${nameOf(kind)}. Nothing was changed.`);
      }
      const accepted = await orders.accepted(purchase, seen);
      if (accepted === null) {
        throw new Refusal('It is of another video than was ordered. Nothing was changed.');
      }
      const open = ['UNKNOWN', 'SENDING'] as const;
      const moved = await store.movePurchase(purchase, open, 'ACCEPTED', { accepted });
      if (moved === null) {
        const owner = await store.readPurchaseByJob({ team, kind, id: jobId });
        throw new Refusal(
          owner === null || owner.key === purchase.key
            ? 'It was settled or abandoned in the meantime. Nothing was changed.'
            : `It belongs to the create with the key ${owner.key}. Nothing was changed.`,
        );
      }
      return moved.job?.job ?? accepted.job;
    },
    async abandon(purchase) {
      const { isLeftBehind, updatedAt } = purchase;
      const seconds = Math.ceil((updatedAt + OVER_AFTER_MS - store.clock.now()) / 1000);
      if (store.isShared && isLeftBehind && seconds > 0) {
        throw new Refusal(
          'The gateway that made it was taken for dead a moment ago; one that only stood still may yet send it. ' +
            `Nothing was changed. Try again in ${seconds} seconds.`,
        );
      }
      if ((await store.movePurchase(purchase, ['UNKNOWN'], 'ABANDONED')) === null) {
        throw new Refusal(
          'Its request may still be under way, or it was ended in the meantime. List again; ' +
            'what stays that way for minutes is free to be abandoned once the gateway was restarted.',
        );
      }
    },
    async close() {
      await Promise.all([...accounts.values()].map(({ upstream }) => upstream.close()));
      await store.close();
    },
  };
}

function nameOf(kind: Job['kind']): string {
  return kind === 'ANALYSIS' ? 'analysis' : 'head swap task';
}
