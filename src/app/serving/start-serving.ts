import { join } from 'node:path';
import type { Authenticate } from '../../auth/credentials.ts';
import type { Config } from '../../config/config.ts';
import { createContext } from '../../graphql/context.ts';
import { eventId } from '../../graphql/event-id.ts';
import { formatError } from '../../graphql/format-error/format-error.ts';
import { createCostCheck } from '../../graphql/operation-cost.ts';
import { buildSchema, buildSubgraph } from '../../graphql/schema.ts';
import type { Accounts } from '../../jobs/account.ts';
import type { JobTraces } from '../../jobs/job-traces.ts';
import type { Jobs } from '../../jobs/jobs.ts';
import type { Webhooks } from '../../jobs/webhooks/webhooks.ts';
import type { Media } from '../../media/media.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { runBackwards } from '../../runtime/run-backwards.ts';
import { createWebhookRoute } from '../../server/http/webhook-route.ts';
import { executionLimits, serverLimits } from '../../server/limits.ts';
import type { PersistedOperations } from '../../server/operations/persisted/persisted-operations.ts';
import { startServer, type RunningServer } from '../../server/server.ts';
import type { GatewayPlugin } from '../../server/yoga.ts';
import type { Store } from '../../store/store.ts';
import { startOperators } from '../metrics/start-operators.ts';
import type { GatewayObservers } from '../metrics/observe-gateway.ts';
import { packageRoot } from '../package-root.ts';
import { causeOfEvents } from './cause-of-events.ts';
import { holdShapes } from './hold-shapes.ts';
import { listenError } from './listen-error.ts';

/** What is served, and how. */
export interface ServingParts {
  readonly config: Config;
  readonly store: Store;
  readonly jobs: Jobs;
  readonly webhooks: Webhooks;
  readonly accounts: Accounts;
  readonly media: Media;
  readonly persisted: PersistedOperations;
  /** Whatever counts. */
  readonly observers: GatewayObservers;
  readonly authenticate: Authenticate;
  readonly plugins: readonly GatewayPlugin[];
  readonly clock: Clock;
  readonly log: Log;
  readonly traces: JobTraces;
  /** See ServerOptions. */
  readonly drainAtLeastMs: number;
}

/**
 * The subscriptions whose every event is a whole state of one job; the team feed is not one of
 * them.
 */
const STATE_SUBSCRIPTIONS = ['analysisStatusChanged', 'headSwapTaskStatusChanged'];

const EXPLORER_FOLDERS = {
  programs: join(packageRoot, 'dist/explorer'),
  operations: join(packageRoot, 'schema/operations'),
};

/** What is served. */
export interface Serving extends Pick<RunningServer, 'url' | 'drain'> {
  /** Where operators read figures at a port of their own; null: they have none. */
  readonly metricsUrl: string | null;
  /** Held for as long as it serves, and for nothing else: see holdShapes. */
  readonly shapes: readonly object[];
}

/**
 * Serves the jobs to callers, AKOOL's webhooks and scrapers. Rejects with a ConfigError when a port
 * cannot be listened on; then nothing is left of it.
 */
export async function startServing(parts: ServingParts): Promise<Serving> {
  const { config, store, accounts, jobs, media, persisted, webhooks, observers, log, clock } =
    parts;
  const { traces } = parts;
  const degraded = (): readonly string[] => (store.wakeUps.isHearing() ? [] : ['wake-ups']);
  const ready = (): Promise<boolean> => store.check().then(() => true);
  const operators = await startOperators({
    config,
    observers,
    store,
    accounts,
    ready,
    log,
  }).catch((error: unknown) => {
    const port = config.metricsPort ?? config.port;
    throw listenError(error, { host: config.host, port }, 'METRICS_PORT');
  });
  const schema = config.federation ? buildSubgraph() : buildSchema();
  const server = await startServer({
    host: config.host,
    port: config.port,
    schema,
    checkCost: createCostCheck(schema),
    stateSubscriptions: STATE_SUBSCRIPTIONS,
    contextFor: (caller) => createContext(caller, jobs, media),
    eventId: (event, { team }) => eventId(event, team, jobs.storeId),
    authenticate: parts.authenticate,
    formatError: (error, report) => formatError(error, report, { suggestions: config.explorer }),
    explorer: config.explorer,
    persisted,
    persistedOnly: config.persistedOnly,
    plugins: parts.plugins,
    explorerFolders: EXPLORER_FOLDERS,
    allowedOrigins: config.allowedOrigins,
    loopbackHostsOnly: !config.credentials,
    webhook: createWebhookRoute({
      receive: observers.receiving((token, body) => webhooks.receive(token, body)),
      log,
      clock,
      limits: serverLimits,
    }),
    media,
    ready,
    degraded,
    operators: operators.routes,
    onResponse: observers.onResponse,
    observers: [observers.operations],
    tracer: traces.tracer,
    causeOf: causeOfEvents(traces),
    log,
    clock,
    limits: executionLimits(config.upstreamTimeoutMs),
    drainAtLeastMs: parts.drainAtLeastMs,
  }).catch(async (error: unknown) => {
    await operators.stop();
    throw listenError(error, config);
  });
  operators.serves(server);
  return {
    url: server.url,
    // The same host.
    metricsUrl:
      operators.port === null
        ? null
        : `${server.url.replace(/:\d+$/, `:${operators.port}`)}/metrics`,
    shapes: holdShapes(),
    // The figures of the drain can be read till its end.
    drain: () => runBackwards([() => operators.stop(), () => server.drain()]),
  };
}
