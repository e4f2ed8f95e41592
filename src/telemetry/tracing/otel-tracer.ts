import {
  context,
  createContextKey,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
  type TextMapPropagator,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import type {
  Span,
  SpanAttributes,
  SpanOptions,
  SpanPlace,
  Tracer,
} from '../../runtime/tracing/tracer.ts';

/** The span of ours that a context belongs to. */
const OURS = createContextKey('head-swap-gateway span');

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
} as const;

/** What an `error.type` may look like; anything else could be somebody's words. */
const ERROR_TYPE = /^[\w.:-]{1,64}$/;

/**
 * Spans through OpenTelemetry's API: those of plugins that use it stand in one trace with the
 * gateway's own.
 */
export function createOtelTracer(tracer: OtelTracer, propagator: TextMapPropagator): Tracer {
  const current = (): SpanPlace | null => {
    const active = context.active();
    const span = active.getValue(OURS);
    if (!(span instanceof RecordedSpan) || span.ended) return null;
    return trace.getSpanContext(active) ?? null;
  };
  const contextBelow = (below: SpanPlace | null | undefined): Context => {
    if (below === undefined) return current() === null ? ROOT_CONTEXT : context.active();
    return below === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, below);
  };
  return {
    isOn: true,
    current,
    begin({ name, kind = 'internal', attributes = {}, below, links = [] }: SpanOptions): Span {
      const parent = contextBelow(below);
      const options = {
        kind: KINDS[kind],
        attributes,
        links: links.map((place) => ({ context: place })),
      };
      return new RecordedSpan(tracer.startSpan(name, options, parent), parent, propagator);
    },
    detach: (work) => context.with(ROOT_CONTEXT, work),
    placeIn(headers) {
      const found = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      return trace.getSpanContext(found) ?? null;
    },
  };
}

class RecordedSpan implements Span {
  ended = false;
  readonly #span: OtelSpan;
  readonly #context: Context;
  readonly #propagator: TextMapPropagator;

  constructor(span: OtelSpan, parent: Context, propagator: TextMapPropagator) {
    this.#span = span;
    this.#context = trace.setSpan(parent, span).setValue(OURS, this);
    this.#propagator = propagator;
  }

  get place(): SpanPlace {
    return this.#span.spanContext();
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  link(place: SpanPlace): void {
    this.#span.addLink({ context: place });
  }

  fail(type: string): void {
    this.#span.setAttribute('error.type', ERROR_TYPE.test(type) ? type : '_OTHER');
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  run<Result>(work: () => Result): Result {
    return context.with(this.#context, work);
  }

  headers(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    this.#propagator.inject(this.#context, headers, defaultTextMapSetter);
    return headers;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#span.end();
  }
}
