import type { GraphQLFormattedError } from 'graphql';
import type { Caller } from '../domain/caller.ts';
import type { RequestTrace } from '../log/request-trace.ts';
import type { Operation } from './operation.ts';

/**
 * Is told of every operation, whatever its transport and however it was run: the access log, and
 * whoever else counts. Must not throw.
 */
export interface OperationObserver {
  /** A query or mutation was answered, `ms` after it began. */
  answered(facts: OperationFacts, ms: number, errors: readonly ErrorWithCode[] | undefined): void;
  /** A subscription begins. */
  subscribed(facts: OperationFacts): void;
  /** A request was refused before it could run. */
  refused(facts: Omit<OperationFacts, 'operation'>, errors: readonly ErrorWithCode[]): void;
}

/** Its `extensions.code` is one of the catalogue, or not told yet. */
export type ErrorWithCode = Pick<GraphQLFormattedError, 'extensions'>;

/** What watchers come by; `multipart` is Apollo's. */
export type WatcherTransport = 'sse' | 'multipart' | 'websocket';

/** What an operation comes by; over HTTP a subscription is a stream. */
export type Transport = 'http' | WatcherTransport;

/** Whose operation it is. */
export interface OperationFacts {
  readonly transport: Transport;
  readonly trace: RequestTrace;
  readonly caller: Caller;
  readonly operation: Operation;
}

/** One observer that tells each of these. */
export function observeWith(observers: readonly OperationObserver[]): OperationObserver {
  return {
    answered(facts, ms, errors) {
      for (const observer of observers) observer.answered(facts, ms, errors);
    },
    subscribed(facts) {
      for (const observer of observers) observer.subscribed(facts);
    },
    refused(facts, errors) {
      for (const observer of observers) observer.refused(facts, errors);
    },
  };
}
