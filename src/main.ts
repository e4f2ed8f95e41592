import { startApp } from './app/app.ts';
import { logStart } from './app/log-start.ts';
import { readConfig } from './config/config.ts';
import { ConfigError } from './config/mistakes.ts';
import { collectSecrets } from './config/collect-secrets.ts';
import { systemClock } from './runtime/clock.ts';
import { stopOnSignals } from './app/lifecycle.ts';
import { startTracing } from './app/tracing/start-tracing.ts';
import { createLogger } from './log/logger.ts';
import { StoreOpenError } from './store/store-open-error.ts';

/** The log's levels at which the lines with URLs are not written. */
const SAYS_NO_URL: ReadonlySet<string> = new Set(['warn', 'error', 'fatal', 'silent']);

/** Whoever asks /ready each second sees that the gateway is going away. */
const DRAIN_AT_LEAST_MS = 1_500;

async function main(): Promise<void> {
  const config = readConfig();
  const tracing = await startTracing(config.traces, systemClock);
  const log = await createLogger({
    level: config.logLevel,
    secrets: collectSecrets(config),
    readable: process.stdout.isTTY && !config.production,
    ...(tracing.logFields && { fields: tracing.logFields }),
  });
  tracing.tellTo(log);
  const app = await startApp({
    config,
    clock: systemClock,
    random: Math.random,
    log,
    tracing,
    drainAtLeastMs: DRAIN_AT_LEAST_MS,
  });
  stopOnSignals({ process, stop: () => app.stop(), clock: systemClock, log });
  logStart(log, config, app);
  // Whatever the level: nobody could find a port that was picked.
  const picked = {
    ...(config.port === 0 && { url: `${app.url}/graphql` }),
    ...(config.metricsPort === 0 && { metrics: app.metricsUrl }),
  };
  if (Object.keys(picked).length > 0 && SAYS_NO_URL.has(config.logLevel)) {
    process.stdout.write(`${JSON.stringify(picked)}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${told(error)}\n`);
  process.exit(1);
});

/**
 * What an operator can mend is told in a sentence; anything else is a defect and shows where it
 * arose.
 */
function told(error: unknown): string {
  if (!(error instanceof Error)) return 'The gateway did not start.';
  if (error instanceof ConfigError || error instanceof StoreOpenError) return error.message;
  return `The gateway did not start: ${error.stack ?? error.message}`;
}
