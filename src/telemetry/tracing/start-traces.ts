import { randomUUID } from 'node:crypto';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Tracer } from '../../runtime/tracing/tracer.ts';
import { createOtelTracer } from './otel-tracer.ts';
import { tellingExporter } from './telling-exporter.ts';

const NAME = 'head-swap-gateway';

/** Spans that are recorded and exported. */
export interface Traces {
  readonly tracer: Tracer;
  /** Sends what is left, and ends; takes as long as the collector lets it. */
  stop(): Promise<void>;
}

/**
 * Begins to record spans and to export them by OTLP, as the standard `OTEL_*` variables say; the
 * SDK reads them itself. Registers with OpenTelemetry's API, so that plugins find the same; where
 * somebody has registered before, the spans are theirs to export. `tell`: how each export went, see
 * `tellingExporter`.
 */
export function startTraces(version: string, tell: (failure: string | null) => void): Traces {
  const exporter = tellingExporter(new OTLPTraceExporter(), tell);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({
          'service.name': NAME,
          'service.version': version,
          'service.instance.id': randomUUID(),
        }),
      )
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const isOurs = trace.setGlobalTracerProvider(provider);
  if (isOurs) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    tracer: createOtelTracer(trace.getTracer(NAME, version), new W3CTraceContextPropagator()),
    async stop() {
      await provider.shutdown();
      if (!isOurs) return;
      trace.disable();
      context.disable();
    },
  };
}
