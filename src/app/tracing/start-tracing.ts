import type { TracesConfig } from '../../config/traces/traces-config.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { noTracer, type Tracer } from '../../runtime/tracing/tracer.ts';
import { packageVersion } from '../package-root.ts';

/** The spans of this process, whether they are recorded or not. */
export interface Tracing {
  readonly tracer: Tracer;
  /** What log lines tell of the span that they belong to; undefined: spans are not recorded. */
  readonly logFields: (() => object) | undefined;
  /** From now on the log hears when the collector cannot be reached, and when it can again. */
  tellTo(log: Log): void;
  /** Exports what is left, for 2 s at most. */
  stop(): Promise<void>;
}

/** How long ending waits for the collector. */
const FLUSH_WITHIN_MS = 2_000;

const noTracing: Tracing = {
  tracer: noTracer,
  logFields: undefined,
  tellTo: () => undefined,
  stop: () => Promise.resolve(),
};

/** Begins to record spans where they are to be exported; elsewhere nothing of the SDK is loaded. */
export async function startTracing(config: TracesConfig, clock: Clock): Promise<Tracing> {
  if (!config.isExported) return noTracing;
  const { startTraces } = await import('../../telemetry/tracing/start-traces.ts');
  const log = createChangeLog();
  const traces = startTraces(packageVersion(), (failure) => log.exported(failure));
  const { tracer } = traces;
  return {
    tracer,
    tellTo: (told) => log.tellTo(told),
    logFields() {
      const place = tracer.current();
      if (place === null) return {};
      const { traceId, spanId, traceFlags } = place;
      const flags = traceFlags.toString(16).padStart(2, '0');
      return { trace_id: traceId, span_id: spanId, trace_flags: flags };
    },
    stop: () => Promise.race([traces.stop(), pause(clock, FLUSH_WITHIN_MS)]),
  };
}

/** Tells once when exports begin to fail, and once when they are good again. */
function createChangeLog() {
  let log: Log | null = null;
  let isFailing = false;
  return {
    tellTo(told: Log): void {
      log = told;
    },
    exported(failure: string | null): void {
      if ((failure !== null) === isFailing) return;
      isFailing = failure !== null;
      if (failure === null) log?.info({}, 'Traces are exported again');
      else log?.warn({ reason: failure }, 'Traces cannot be exported; they are dropped meanwhile');
    },
  };
}
