import type {
  DocumentNode,
  GraphQLError,
  GraphQLFormattedError,
  OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Caller } from '../domain/caller.ts';
import type { Report } from '../log/request-trace.ts';
import type { SpanPlace } from '../runtime/tracing/tracer.ts';

/** An operation that may run. */
export interface Operation {
  readonly type: OperationTypeNode;
  /** As the document has it; null: it has none. */
  readonly name: string | null;
  readonly document: DocumentNode;
  readonly definition: OperationDefinitionNode;
  /** As the caller gave it. */
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
  /**
   * Operations with this same text have, for one team, the same stream of answers, of which a newer
   * one replaces an older. Null: every answer counts (or it is no subscription), so nothing may be
   * shared or left out.
   */
  readonly shareKey: string | null;
  /**
   * What the stream is opened by, where that is not `document`: it goes on from the place that its
   * reader has seen.
   */
  readonly openingDocument?: DocumentNode;
}

/**
 * The place of an event in the stream it came from, as `after` takes it; null: the event has none.
 * Asked for the source's events.
 */
export type EventId = (event: unknown, caller: Caller) => string | null;

/**
 * The span that led to an event of a subscription; null: none is known, or it did so before
 * `since`, in ms since the epoch. Asked for the source's events.
 */
export type CauseOf = (event: unknown, since: number) => SpanPlace | null;

/** The schema's way of turning anything thrown into what a caller may see. */
export type FormatError = (error: unknown, report: Report) => GraphQLFormattedError;

/** What one event of a subscription is answered with. */
export interface Payload {
  /** The answer, serialised. */
  readonly text: string;
  /**
   * What brings the same place of the stream back; null: it has none. The same for everybody who
   * shares the stream.
   */
  readonly id: string | null;
  /** Is told once it was handed on, to so many. */
  readonly delivered?: (subscribers: number) => void;
}

/** Answers, one per event. `return()` takes effect at once, even while `next()` is pending. */
export interface PayloadStream extends AsyncIterator<Payload, undefined, undefined> {
  /**
   * Called once, instead of `next()`, by who holds nothing back: the answer to each event is told
   * as soon as there is one, to the latest where several came meanwhile. Resolves when the stream
   * has ended; rejects with what answering throws. Null: the source has to be asked.
   */
  readonly tellEach: ((tell: (payload: Payload) => void) => Promise<void>) | null;
}

/** Why there is no answer at all: the request was refused before running. */
export interface Refused {
  readonly errors: readonly GraphQLError[];
}

/** Why a subscription did not open, as callers see it. */
export interface NotOpened {
  readonly errors: readonly GraphQLFormattedError[];
}
