import type { Config } from '../../config/config.ts';
import { listenForScrapes } from '../../server/metrics/metrics-listener.ts';
import { createMetricsRoute, type MetricsRoute } from '../../server/metrics/metrics-route.ts';
import type { OperationObserver } from '../../server/operation-observer.ts';
import type { Store } from '../../store/store.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics.ts';
import { packageVersion } from '../package-root.ts';
import { listenError } from './listen-error.ts';
import { lookAtStore } from './look-at-store.ts';

/** Figures that are counted, and read where the configuration says. */
export interface RunningMetrics {
  readonly observer: OperationObserver;
  /** For the server that callers use. */
  readonly route: MetricsRoute;
  /** Ends the port of their own, if they have one. */
  stop(): Promise<void>;
}

/** What the figures are about, beside the operations. */
export interface MetricsParts {
  readonly config: Config;
  readonly store: Store;
  /** Of the operations that are told apart. */
  readonly names: ReadonlySet<string>;
  readonly degraded: () => readonly string[];
}

/** The figures of this gateway. Rejects with a ConfigError when METRICS_PORT cannot be listened on. */
export async function startMetrics(parts: MetricsParts): Promise<RunningMetrics> {
  const { config, store, names, degraded } = parts;
  const metrics = createMetrics({
    names,
    version: packageVersion(),
    now: () => store.clock.now(),
    observed: { degraded, ...lookAtStore(store) },
  });
  const read = () => metrics.text();
  return {
    observer: countOperations(metrics),
    route: createMetricsRoute(read, { token: config.metricsToken, isOpen: !config.credentials }),
    stop: await listenApart(config, read),
  };
}

async function listenApart(
  { host, metricsPort: port }: Config,
  read: Metrics['text'],
): Promise<() => Promise<void>> {
  if (port === null) return () => Promise.resolve();
  return listenForScrapes(read, { host, port }).catch((error: unknown) => {
    throw listenError(error, { host, port }, 'METRICS_PORT');
  });
}

/** Counts every operation, whatever its transport. */
function countOperations(metrics: Metrics): OperationObserver {
  const codeOf = (
    errors: readonly { readonly extensions?: Record<string, unknown> }[] | undefined,
  ) => {
    const [error] = errors ?? [];
    const code = error?.extensions?.['code'];
    if (error === undefined) return null;
    return typeof code === 'string' ? code : 'INTERNAL';
  };
  return {
    answered: ({ operation }, ms, errors) => metrics.answered(operation, ms / 1000, codeOf(errors)),
    subscribed: ({ operation }) => metrics.subscribed(operation),
    refused: (_facts, errors) => metrics.refused(codeOf(errors) ?? 'INTERNAL'),
  };
}
