import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import {
  DEGRADED_PARTS,
  type AccountsStatus,
  type GatewayStatus,
  type StoreStatus,
} from '../gateway-status.ts';

/** Puts into the figures how the gateway stands. */
export function collectState(metrics: Metrics, status: GatewayStatus): void {
  const { watchers, store, accounts, degraded } = status;
  for (const [transport, count] of Object.entries(watchers)) {
    metrics.watchers.at(transport).set(count);
  }
  for (const part of DEGRADED_PARTS) metrics.degraded.at(part).set(degraded.includes(part) ? 1 : 0);
  collectAccounts(metrics, accounts);
  if (store === null) forgetStore(metrics);
  else collectStore(metrics, store);
}

function collectAccounts(metrics: Metrics, accounts: AccountsStatus): void {
  for (const [state, count] of Object.entries(accounts.circuitBreakers)) {
    metrics.breakers.at(state).set(count);
  }
  metrics.accountsPaused.at().set(accounts.paused);
  metrics.readsWaiting.at().set(accounts.readsWaiting);
  metrics.readBudget.at().set(accounts.readBudgetUsed);
}

function collectStore(metrics: Metrics, store: StoreStatus): void {
  for (const { kind, status, count } of store.liveJobs)
    metrics.liveJobs.at(kind, status).set(count);
  for (const { state, count } of store.openPurchases) metrics.purchasesOpen.at(state).set(count);
  for (const [kind, count] of Object.entries(store.overdueJobs)) {
    metrics.overdueJobs.at(kind).set(count);
  }
  metrics.pollBacklog.at().set(store.pollBacklogSeconds);
  metrics.oldestUnknown.at().set(store.oldestUnknownPurchaseSeconds);
  metrics.webhooksOpen.at().set(store.openWebhooks);
  metrics.copiesPending.at().set(store.pendingCopies);
}

/** No figure is better than an old one. */
function forgetStore(metrics: Metrics): void {
  metrics.liveJobs.clear();
  metrics.purchasesOpen.clear();
  metrics.overdueJobs.clear();
  metrics.pollBacklog.clear();
  metrics.oldestUnknown.clear();
  metrics.webhooksOpen.clear();
  metrics.copiesPending.clear();
}
