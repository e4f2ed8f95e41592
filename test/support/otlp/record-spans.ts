import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import type { Tracer } from '../../../src/runtime/tracing/tracer.ts';
import { createOtelTracer } from '../../../src/telemetry/tracing/otel-tracer.ts';

/** The gateway's own tracer in this process, and the spans that have ended so far. */
export interface SpanRecorder {
  readonly tracer: Tracer;
  spans(): readonly ReadableSpan[];
  /** To be called after the test: contexts are the process's. */
  stop(): void;
}

/** Starts one. */
export function recordSpans(): SpanRecorder {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    tracer: createOtelTracer(provider.getTracer('test'), new W3CTraceContextPropagator()),
    spans: () => exporter.getFinishedSpans(),
    stop: () => context.disable(),
  };
}
