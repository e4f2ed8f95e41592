import { codeOf } from '../errors.ts';

/**
 * Spans as the gateway makes them, whoever records them. Where nobody does, `noTracer` stands in,
 * and nothing of what could record them is loaded.
 */
export interface Tracer {
  /** False: nothing is recorded, and what would only prepare a span may be left out. */
  readonly isOn: boolean;
  /** Begins a span; whoever begins it ends it. */
  begin(options: SpanOptions): Span;
  /**
   * The span that what runs now belongs to; null: there is none, or it has ended. Timers and
   * streams outlive the request that began them, and are not to add to it for hours.
   */
  current(): SpanPlace | null;
  /** Runs work that belongs to no span, whoever sets it off. */
  detach<Result>(work: () => Result): Result;
  /**
   * Where the sender of a request says that it comes from (W3C trace context); null: it does not.
   */
  placeIn(headers: Readonly<Record<string, string | string[] | undefined>>): SpanPlace | null;
}

/** What a span tells about. Never a URL, a key, a document or words of a caller's. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** How a span begins. */
export interface SpanOptions {
  /** From a small set: never with an id in it. */
  readonly name: string;
  /** Default: internal. */
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** What it hangs below; null: it begins a trace of its own. Default: what runs now. */
  readonly below?: SpanPlace | null;
  /** What else led to it. */
  readonly links?: readonly SpanPlace[];
}

/** Whether work was asked for from outside, asks somebody outside, or neither. */
export type SpanKind = 'internal' | 'server' | 'client';

/** A span, as others refer to it; in W3C's terms. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** A span under way. */
export interface Span {
  /** Null: it stands for nothing that anybody could refer to. */
  readonly place: SpanPlace | null;
  set(attributes: SpanAttributes): void;
  /** Something that led to it is known by now. */
  link(place: SpanPlace): void;
  /** It failed. `type`: a code, or the name of a class; never a message. */
  fail(type: string): void;
  /** Runs work that belongs to it. */
  run<Result>(work: () => Result): Result;
  /** What tells the receiver of a request where it comes from. */
  headers(): Readonly<Record<string, string>>;
  /** Calling it again does nothing, nor does anything else after it. */
  end(): void;
}

/** Records nothing. */
export const noSpan: Span = {
  place: null,
  set: () => undefined,
  link: () => undefined,
  fail: () => undefined,
  run: (work) => work(),
  headers: () => ({}),
  end: () => undefined,
};

/** Records nothing. */
export const noTracer: Tracer = {
  isOn: false,
  begin: () => noSpan,
  current: () => null,
  detach: (work) => work(),
  placeIn: () => null,
};

/** Runs work in a span that ends with it; all that is traced meanwhile hangs below. */
export function inSpan<Result>(
  tracer: Tracer,
  options: SpanOptions,
  work: (span: Span) => Result,
): Result {
  if (!tracer.isOn) return work(noSpan);
  const span = tracer.begin(options);
  return ending(span, () => span.run(() => work(span)));
}

/**
 * Like `inSpan`, but only as a part of something that is traced, and with nothing below: a call
 * that somebody waits for.
 */
export function inLeaf<Result>(
  tracer: Tracer,
  options: SpanOptions,
  work: (span: Span) => Result,
): Result {
  if (!tracer.isOn || tracer.current() === null) return work(noSpan);
  const span = tracer.begin(options);
  return ending(span, () => work(span));
}

/** What a failure is called in a span: its code, or the class of the error. */
export function errorType(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.name : 'unknown');
}

function ending<Result>(span: Span, work: () => Result): Result {
  const result = endingIfThrown(span, work);
  const end = (): void => span.end();
  if (result instanceof Promise) result.then(end).catch(() => undefined);
  else end();
  return result;
}

/** Runs work whose failure ends the span; how it ends otherwise is for whoever gets the result. */
export function endingIfThrown<Result>(span: Span, work: () => Result): Result {
  const failed = (error: unknown): void => {
    span.fail(errorType(error));
    span.end();
  };
  try {
    const result = work();
    if (result instanceof Promise) result.catch(failed);
    return result;
  } catch (error) {
    failed(error);
    throw error;
  }
}
