import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Accounts } from '../jobs/account.ts';
import { createJobTraces } from '../jobs/job-traces.ts';
import { pause, type Clock, type Random } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { runBackwards } from '../runtime/run-backwards.ts';
import { noTracer } from '../runtime/tracing/tracer.ts';
import { readPersistedOperations } from '../server/operations/persisted/persisted-operations.ts';
import type { Store } from '../store/store.ts';
import { createAccounts } from './accounts.ts';
import { authenticateFor } from './authenticate-callers.ts';
import { loadPlugins } from './load-plugins.ts';
import { observeGateway } from './metrics/observe-gateway.ts';
import { startMedia } from './start-media.ts';
import { openStore } from './open-store.ts';
import { packageRoot } from './package-root.ts';
import { createOwnUrls } from './serving/own-urls.ts';
import { startServing } from './serving/start-serving.ts';
import { startJobs } from './start-jobs.ts';
import { startTeamsOrSandbox } from './teams-or-sandbox.ts';
import type { Tracing } from './tracing/start-tracing.ts';
import { traceStore } from './tracing/trace-store.ts';

/** A gateway that serves. */
export interface App {
  /** Its base URL; GraphQL is at `/graphql`. */
  readonly url: string;
  /** Where operators read figures at a port of their own; null: they have none. */
  readonly metricsUrl: string | null;
  /** The sandbox's base URL; null: it speaks to AKOOL. */
  readonly sandboxUrl: string | null;
  /**
   * Drains and ends everything, last started first, within 24 s. Calling it again awaits the same
   * end.
   */
  stop(): Promise<void>;
}

/** What the app does not make itself. */
export interface AppParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends with the app. Default: no spans are recorded. */
  readonly tracing?: Tracing;
  /** How long a drain lasts at least, in ms; see ServerOptions. */
  readonly drainAtLeastMs?: number;
  /** Stands between the app and its store: where tests put failpoints. Default: nothing does. */
  readonly wrapStore?: (store: Store) => Store;
}

const MANIFEST = join(packageRoot, 'schema/persisted-operations.json');

/** The longest stop, whatever hangs: a supervisor kills what takes longer than 25 s. */
const STOP_WITHIN_MS = 24_000;

/** How long reads that were not waited for any more may take to end by themselves. */
const LAST_READS_MS = 500;

/**
 * The composition root: the one place that knows every part. Rejects when something cannot start
 * (StoreOpenError, ConfigError for a taken port), after ending what had started.
 */
export async function startApp(parts: AppParts): Promise<App> {
  const { config, clock, random, log, tracing, drainAtLeastMs = 0 } = parts;
  const tracer = tracing?.tracer ?? noTracer;
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> =>
    (stopping ??= Promise.race([runBackwards(stops), pause(clock, STOP_WITHIN_MS)]));

  if (tracing !== undefined) stops.push(() => tracing.stop());
  try {
    const plugins = await loadPlugins(config.plugins);
    const { store, observers, persisted } = await openObservedStore(parts, stops);
    const { teams, sandboxUrl, stop: stopTeams } = await startTeamsOrSandbox(config, log);
    stops.push(stopTeams);

    const common = { config, store, random, log };
    const urls = createOwnUrls(config.publicUrl, sandboxUrl);
    const publicUrl = urls.called;
    const observer = observers.akool;
    const accounts = createAccounts({ ...common, teams, publicUrl, observer, clock, tracer });
    stops.push(() => closeAccounts(accounts, clock));
    const files = await startMedia({
      ...common,
      teams,
      sandboxUrl,
      clock,
      baseUrl: urls.base,
    });
    stops.push(() => files.stop());
    const traces = createJobTraces({ tracer, jobsWritten: store.jobsWritten, clock });
    const running = await startJobs({
      ...common,
      accounts,
      clock: store.clock,
      machineClock: clock,
      traces,
      checkUrls: files.media.uploads.checkUrls,
      observer: observers.jobs,
    });
    stops.push(() => running.stop());

    const credentials = await authenticateFor(config, teams, clock, log);
    stops.push(() => credentials.stop());

    const server = await startServing({
      config,
      store,
      accounts,
      jobs: running.jobs,
      webhooks: running.webhooks,
      media: files.media,
      persisted,
      observers,
      authenticate: credentials.authenticate,
      plugins,
      clock,
      log,
      traces,
      drainAtLeastMs,
    });
    stops.push(() => {
      // First of all, so that other instances have the next look at every job.
      running.stopClaiming();
      return server.drain();
    });
    urls.listensAt(server.url);
    files.startCopying();
    return { url: server.url, metricsUrl: server.metricsUrl, sandboxUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The store, and whatever counts what the gateway does; `stops` end both. */
async function openObservedStore(
  { config, clock, log, tracing, wrapStore }: AppParts,
  stops: (() => Promise<void>)[],
) {
  const opened = await openStore(config.databaseUrl, clock, log);
  stops.push(() => opened.close());
  const persisted = readPersistedOperations(MANIFEST);
  const observers = observeGateway(persisted.names);
  stops.push(async () => observers.metrics.stop());
  const tracer = tracing?.tracer ?? noTracer;
  const traced = traceStore(wrapStore?.(opened) ?? opened, config.databaseUrl, tracer);
  return { persisted, observers, store: observers.observeStore(traced) };
}

async function closeAccounts(accounts: Accounts, clock: Clock): Promise<void> {
  const closed = Promise.all([...accounts.values()].map(({ upstream }) => upstream.close()));
  await Promise.race([closed, pause(clock, LAST_READS_MS)]);
}
