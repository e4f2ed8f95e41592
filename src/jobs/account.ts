import type { TeamId } from '../domain/job.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { ReadLimiter } from './limiting/read-limiter.ts';

/** How AKOOL reaches us about one account's tasks, and how its webhooks are opened. */
export interface WebhookSettings {
  /**
   * The public base URL of this gateway, without a trailing slash. Asked for at each create: a
   * picked port is known late.
   */
  readonly publicUrl: () => string;
  readonly clientId: string;
  /** The account's key and, while keys rotate, the one before it. */
  readonly secrets: readonly string[];
}

/** A team's AKOOL account. */
export interface Account {
  readonly team: TeamId;
  readonly upstream: Upstream;
  /** Shared by all teams with the same AKOOL account. */
  readonly limiter: ReadLimiter;
  /** Null: tasks carry no webhookUrl, and completion is seen by polling alone. */
  readonly webhooks: WebhookSettings | null;
}

/** The gateway's accounts by team. */
export type Accounts = ReadonlyMap<TeamId, Account>;

/**
 * The account of a team. Callers are only ever given teams that exist, so an unknown one is a
 * defect and throws TypeError.
 */
export function accountOf(accounts: Accounts, team: TeamId): Account {
  const account = accounts.get(team);
  if (account === undefined) throw new TypeError(`No account for team ${team}`);
  return account;
}
