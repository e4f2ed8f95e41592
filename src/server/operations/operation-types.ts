import type { DocumentNode, GraphQLFormattedError, OperationTypeNode } from 'graphql';
import type { Report } from '../../log/trace.ts';

/** What a caller asks for, from whatever transport; types checked, nothing else. One of `query` and `documentId` is there. */
export interface OperationRequest {
  readonly query: string | null;
  /** Of an operation of the manifest; counts where there is no `query`. */
  readonly documentId: string | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
}

/** An operation that may run. */
export interface Operation {
  readonly type: OperationTypeNode;
  /** As the document has it; null: it has none. */
  readonly name: string | null;
  readonly request: OperationRequest;
  readonly document: DocumentNode;
  /**
   * Operations with this same text have, for one team, the same stream of answers, of which a newer one replaces an older.
   * Null: every answer counts (or it is no subscription), so nothing may be shared or left out.
   */
  readonly shareKey: string | null;
}

/** The schema's way of turning anything thrown into what a caller may see. */
export type FormatError = (error: unknown, report: Report) => GraphQLFormattedError;

/** Serialised answers, one per event. `return()` takes effect at once, even while `next()` is pending. */
export type PayloadStream = AsyncIterator<string, undefined, undefined>;

/** Why there is no answer at all: the request was refused before, or instead of, running. */
export interface Refused {
  readonly errors: readonly GraphQLFormattedError[];
}
