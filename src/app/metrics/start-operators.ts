import type { Config } from '../../config/config.ts';
import type { Accounts } from '../../jobs/account.ts';
import type { Log } from '../../runtime/log.ts';
import {
  createOperatorRoutes,
  type OperatorAccess,
  type OperatorRoutes,
} from '../../server/http/operators/operator-routes.ts';
import { startOperatorListener } from '../../server/http/operators/operator-listener.ts';
import type { RunningServer } from '../../server/server.ts';
import type { Store } from '../../store/store.ts';
import { cacheCounts } from './cached-counts.ts';
import { collectState } from './collect-state.ts';
import { createGatewayState } from './gateway-state.ts';
import type { GatewayObservers } from './observe-gateway.ts';

/** What operators read of this gateway. */
export interface OperatorsParts {
  readonly config: Config;
  readonly observers: GatewayObservers;
  readonly store: Store;
  readonly accounts: Accounts;
  /** Whether the gateway serves. */
  readonly ready: () => Promise<boolean>;
  readonly log: Log;
}

/** What operators read, where it is read. */
export interface Operators {
  /** For the server that callers use. */
  readonly routes: OperatorRoutes;
  /** The port of their own; null: they have none. */
  readonly port: number | null;
  /** Whose watchers are told. */
  serves(server: Pick<RunningServer, 'watchers'>): void;
  /** Ends what is counted for them, and the port of their own, if they have one. */
  stop(): Promise<void>;
}

/** Rejects with what listening at METRICS_PORT fails with. */
export async function startOperators(parts: OperatorsParts): Promise<Operators> {
  const { config, observers, store, accounts, ready, log } = parts;
  let watchers: RunningServer['watchers'] = { sse: 0, multipart: 0, websocket: 0 };
  const copying = observers.metrics.copiesRunning.at();
  const counts = cacheCounts(store);
  const status = createGatewayState({
    version: observers.version,
    store,
    counts,
    accounts,
    watchers: () => watchers,
    copiesRunning: () => copying.value,
  });
  const expecting = [...accounts.values()].filter(({ webhooks }) => webhooks !== null);
  observers.metrics.webhooksExpected.at().set(expecting.length);

  const pages = {
    status,
    async metrics(inOpenMetrics: boolean) {
      collectState(observers.metrics, await status());
      return observers.metrics.read(inOpenMetrics ? 'openmetrics' : 'text');
    },
  };
  const { host, metricsPort: port } = config;
  const listener =
    port === null
      ? null
      : await startOperatorListener({
          host,
          port,
          routes: createOperatorRoutes(pages, 'everybody'),
          ready,
          log,
        });
  return {
    routes: createOperatorRoutes(pages, accessForCallers(config)),
    port: listener?.port ?? null,
    serves(server) {
      ({ watchers } = server);
    },
    async stop() {
      counts.stop();
      await listener?.stop();
    },
  };
}

/** Without a token, whoever may call without a credential may read. */
function accessForCallers({ metricsToken: token, credentials }: Config): OperatorAccess {
  if (token !== null) return { token };
  return credentials ? 'nobody' : 'everybody';
}
