import { createAccounts } from '../../app/accounts.ts';
import { openStore } from '../../app/open-store.ts';
import { findTeamsOrSandbox } from '../../app/teams-or-sandbox.ts';
import type { Config } from '../../config/config.ts';
import type { Job, TeamId } from '../../domain/job.ts';
import type { Accounts } from '../../jobs/account.ts';
import { createSettling, type Settling } from '../../jobs/purchases/settle.ts';
import { wholeSeconds, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { boughtBy, type Purchase } from '../../store/purchase.ts';
import type { Store } from '../../store/store.ts';
import { OVER_AFTER_MS } from '../../upstream/sending/submission-deadlines.ts';
import { UpstreamError } from '../../upstream/upstream.ts';
import type { Which } from './flags.ts';

/** Ends by hand what no answer and no webhook has ended, beside a gateway that may be running. */
export interface PurchaseAdmin {
  /** The creates whose outcome is unknown, oldest first. */
  list(which: Which): Promise<Purchase[]>;
  /**
   * The credits of a team's account at this moment; null: AKOOL does not tell, or the team is not
   * configured here.
   */
  credits(team: TeamId): Promise<number | null>;
  /** The one with this key. Throws Refusal when there is none, or more than one. */
  find(key: string, which: Which): Promise<Purchase>;
  /**
   * Reads the job back from AKOOL and settles the purchase with it. Throws Refusal when AKOOL does
   * not know it, or it is of another video, or it belongs to another purchase.
   */
  settle(purchase: Purchase, jobId: string): Promise<Job>;
  /**
   * Frees the key of this very attempt. Throws Refusal while its request may still be under way.
   */
  abandon(purchase: Purchase): Promise<void>;
  close(): Promise<void>;
}

/** What was asked for cannot be done; the message tells an operator why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export interface PurchaseAdminParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens the gateway's own database and accounts. Throws StoreOpenError. */
export async function openPurchaseAdmin(parts: PurchaseAdminParts): Promise<PurchaseAdmin> {
  const { config, clock, log } = parts;
  const store = await openStore(config.databaseUrl, clock, log, true);
  const random = Math.random;
  const accounts = createAccounts({
    config,
    teams: findTeamsOrSandbox(config),
    store,
    clock,
    random,
    log,
    publicUrl: null,
  });
  const settling = createSettling({
    store,
    accounts,
    clock: store.clock,
    random,
    pace: { minMs: config.pollMinMs, maxMs: config.pollMaxMs },
    // A task is made from an analysis that the gateway knows, so AKOOL need not be asked for it.
    find: async (key) => (await store.readJobs([key]))[0]?.job ?? null,
    log,
  });

  return {
    list: (which) => listUnknown(store, which),
    async credits(team) {
      try {
        return (await accounts.get(team)?.upstream.readCreditBalance()) ?? null;
      } catch {
        return null;
      }
    },
    find: async (key, which) => onlyOne(await listUnknown(store, which), key),
    settle: (purchase, jobId) => settleByHand(store, accounts, settling, purchase, jobId),
    abandon: (purchase) => abandon(store, purchase),
    async close() {
      await Promise.all([...accounts.values()].map(({ upstream }) => upstream.close()));
      await store.close();
    },
  };
}

async function listUnknown(store: Store, { team, mutation }: Which): Promise<Purchase[]> {
  const unknown = await store.listPurchases(['UNKNOWN', 'SENDING']);
  return unknown.filter(
    (each) =>
      (team === null || each.team === team) && (mutation === null || each.mutation === mutation),
  );
}

function onlyOne(listed: readonly Purchase[], key: string): Purchase {
  const [found, ...more] = listed.filter((each) => each.key === key);
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
}

async function settleByHand(
  store: Store,
  accounts: Accounts,
  settling: Settling,
  purchase: Purchase,
  jobId: string,
): Promise<Job> {
  const { team, key, mutation } = purchase;
  const kind = boughtBy(mutation);
  if (!accounts.has(team)) {
    throw new Refusal(`Team ${team} is not configured here: use the gateway's environment.`);
  }
  const settlement = await settling
    .settleWithJob(purchase, jobId, 'operator')
    .catch((error: unknown) => {
      throw error instanceof UpstreamError
        ? new Refusal(`It could not be read back: ${error.message} Nothing was changed.`)
        : error;
    });
  switch (settlement.outcome) {
    case 'settled':
    case 'adopted':
      return settlement.job;
    case 'denied':
      throw new Refusal(
        `AKOOL knows no such ${kind === 'ANALYSIS' ? 'analysis' : 'head swap task'}. Nothing was changed.`,
      );
    case 'other video':
      throw new Refusal('It is of another video than was ordered. Nothing was changed.');
    case 'not open': {
      const holder = await store.readPurchaseByJob({ team, kind, id: jobId });
      throw new Refusal(
        holder === null || holder.key === key
          ? 'It was settled or abandoned in the meantime. Nothing was changed.'
          : `It belongs to the create with the key ${holder.key}. Nothing was changed.`,
      );
    }
  }
}

async function abandon(store: Store, purchase: Purchase): Promise<void> {
  const { isLeftBehind, updatedAt } = purchase;
  const seconds = wholeSeconds(updatedAt + OVER_AFTER_MS - store.clock.now());
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
}
