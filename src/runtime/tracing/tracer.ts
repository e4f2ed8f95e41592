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
