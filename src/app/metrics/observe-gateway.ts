import type { WebhookVerdict } from '../../jobs/webhooks/webhooks.ts';
import type { JobObserver } from '../../jobs/job-observer.ts';
import type { OperationObserver } from '../../server/operation-observer.ts';
import type { ServerOptions } from '../../server/server.ts';
import type { Store } from '../../store/store.ts';
import { createMetrics, type Metrics } from '../../telemetry/metrics/metrics.ts';
import type { RequestObserver } from '../../upstream/observe-requests.ts';
import { observeAkool } from './observe-akool.ts';
import { observeJobs } from './observe-jobs.ts';
import { observeOperations } from './observe-operations.ts';
import { observeStore } from './observe-store.ts';
import { packageVersion } from '../package-root.ts';

type Receive = (token: string, body: Uint8Array) => Promise<WebhookVerdict>;

/** Whatever counts, and where it is put in. */
export interface GatewayObservers {
  /** Of the gateway. */
  readonly version: string;
  readonly metrics: Metrics;
  readonly operations: OperationObserver;
  readonly akool: RequestObserver;
  readonly jobs: JobObserver;
  readonly onResponse: NonNullable<ServerOptions['onResponse']>;
  observeStore(store: Store): Store;
  /** Takes a webhook as `receive` does, and counts what it was answered. */
  receiving(receive: Receive): Receive;
}

/** Counts from nothing. `names`: of the operations that are told apart. */
export function observeGateway(names: ReadonlySet<string>): GatewayObservers {
  const version = packageVersion();
  const metrics = createMetrics(version);
  return {
    version,
    metrics,
    operations: observeOperations(metrics, names),
    akool: observeAkool(metrics),
    jobs: observeJobs(metrics),
    onResponse: countResponses(metrics),
    observeStore: (store) => observeStore(store, metrics),
    receiving: (receive) => countWebhooks(receive, metrics),
  };
}

/** There is no status below 100 or above 599. */
const CLASSES = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;

function countResponses({ httpResponses }: Metrics): GatewayObservers['onResponse'] {
  return (route, status) => {
    httpResponses.at(route, CLASSES[Math.floor(status / 100)] ?? '5xx').add();
  };
}

function countWebhooks(receive: Receive, { webhooks }: Metrics): Receive {
  const answered = {
    accepted: webhooks.at('accepted'),
    unknown: webhooks.at('unknown'),
    malformed: webhooks.at('malformed'),
  };
  const unavailable = webhooks.at('unavailable');
  return async (token, body) => {
    try {
      const verdict = await receive(token, body);
      answered[verdict].add();
      return verdict;
    } catch (error) {
      unavailable.add();
      throw error;
    }
  };
}
