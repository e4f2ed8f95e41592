import type { TeamId } from '../domain/job.ts';
import type { Config } from '../config/config.ts';
import { proxyToAkool } from '../config/proxies.ts';
import type { TeamConfig } from '../config/team-config.ts';
import type { Account, WebhookSettings } from '../jobs/account.ts';
import { createSharedBudgets, ownBudget } from '../jobs/limiting/shared-read-budget.ts';
import { createReadLimiter, type ReadLimiter } from '../jobs/limiting/read-limiter.ts';
import type { Clock, Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { sha256 } from '../runtime/secrets.ts';
import { noTracer, type Tracer } from '../runtime/tracing/tracer.ts';
import type { Store } from '../store/store.ts';
import { createAkoolClient } from '../upstream/client.ts';
import { unobservedRequests, type RequestObserver } from '../upstream/observe-requests.ts';

export interface AccountsParts {
  readonly config: Config;
  readonly teams: readonly TeamConfig[];
  /** How AKOOL reaches this gateway; null: it does not. */
  readonly publicUrl: (() => string) | null;
  /** Where instances that share an account share its read budget. */
  readonly store: Store;
  readonly clock: Clock;
  /** Default: nobody. */
  readonly observer?: RequestObserver;
  readonly random: Random;
  readonly log: Log;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer;
}

/** The accounts of every team. Teams with the same AKOOL account share its read budget. */
export function createAccounts(parts: AccountsParts): Map<TeamId, Account> {
  const { config, teams, publicUrl, store, clock, random, log, tracer = noTracer } = parts;
  const { observer = unobservedRequests } = parts;
  const limiters = new Map<string, ReadLimiter>();
  const perSecond = config.pollBudgetPerSecond;
  const sharedBudgetOf = createSharedBudgets({ store, clock, perSecond });

  const limiterOf = ({ baseUrl, apiKey }: TeamConfig['akool']): ReadLimiter => {
    const identity = JSON.stringify([baseUrl, apiKey]);
    // A digest: the key itself is never stored.
    const account = sha256(identity);
    const budget = store.isShared ? sharedBudgetOf(account) : ownBudget;
    const limiter =
      limiters.get(identity) ??
      createReadLimiter({
        clock,
        budget,
        perSecond,
        patienceMs: config.upstreamTimeoutMs,
      });
    limiters.set(identity, limiter);
    return limiter;
  };

  const webhooksOf = (akool: TeamConfig['akool']): WebhookSettings | null =>
    publicUrl === null || akool.clientId === null
      ? null
      : {
          publicUrl,
          clientId: akool.clientId,
          secrets: secretsOf(akool),
        };

  return new Map(
    teams.map(({ id, akool }) => [
      id,
      {
        team: id,
        limiter: limiterOf(akool),
        webhooks: webhooksOf(akool),
        upstream: createAkoolClient({
          ...akool,
          processingError: config.processingError,
          // The sandbox is on this machine.
          proxy: config.teams === null ? null : proxyToAkool(config.proxies, akool.baseUrl),
          readTimeoutMs: config.upstreamTimeoutMs,
          secrets: secretsOf(akool),
          observer,
          clock,
          random,
          log,
          tracer,
          tellsTrace: config.traces.isToldToAkool,
        }),
      },
    ]),
  );
}

/** An account's key and the one before it. */
function secretsOf({ apiKey, apiKeyPrevious }: TeamConfig['akool']): string[] {
  return apiKeyPrevious === null ? [apiKey] : [apiKey, apiKeyPrevious];
}
