import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '../auth/credentials.ts';
import type { Caller } from '../domain/caller.ts';
import type { RequestTrace } from '../log/request-trace.ts';
import type { SpanPlace } from '../runtime/tracing/tracer.ts';
import type { ParkedSubscriber } from './fanout/parked-subscriber.ts';
import type { Accepted } from './accept.ts';
import type { Operation } from './operation.ts';
import type { BadParams, OperationParams } from './operation-params.ts';
import type { EndSpan } from './tracing/request-spans.ts';

/**
 * What every plugin finds in the context of an operation, whatever its transport. Each operation
 * has one of its own.
 */
export interface OperationContext {
  readonly trace: RequestTrace;
  /** Who asks. */
  readonly caller: Caller;
  readonly params: OperationParams;
  /** There once the operation may run. */
  readonly operation?: Operation;
  /** Where the payloads of a subscription go. */
  readonly subscriber?: ParkedSubscriber;
  /** On a WebSocket: where its handshake came from; null: it did not say. */
  readonly handshake?: SpanPlace | null;
}

/** The parameters in the body of a POST, or why there are none. */
export type PostedParams = OperationParams | BadParams | 'too large' | 'gone';

/** What a request over HTTP brings besides; Yoga adds `request` and `params`. */
export interface HttpContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The query string, without its question mark. */
  readonly search: string;
  readonly trace: RequestTrace;
  /** Ends the span of the request, whose answer goes on. */
  readonly endSpan: EndSpan;
  /** What the client takes. */
  readonly accepted: Accepted;
  /** Null until the credentials were checked. */
  caller: Caller | null;
  /** What came of checking them, and of reading the body: both are done once. */
  identity?: Identity | Promise<Identity>;
  posted?: Promise<PostedParams>;
  /** Where the payloads of a subscription go. */
  readonly subscriber?: ParkedSubscriber;
  /** The response has its answer, or a stream that goes on: what Yoga answers is sent to nobody. */
  isAnswered?: true;
}

/**
 * Answers a request for `/graphql`; `search` is its query string, without the question mark.
 * Rejects for what is nobody's fault but ours, with the answer not begun.
 */
export type GraphqlRoute = (
  request: IncomingMessage,
  response: ServerResponse,
  facts: { readonly search: string; readonly trace: RequestTrace; readonly endSpan: EndSpan },
) => Promise<void>;
