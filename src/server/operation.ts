import type {
  DocumentNode,
  GraphQLError,
  GraphQLFormattedError,
  OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { Report } from '../log/trace.ts';

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
   * Operations with this same text have, for one team, the same stream of answers, of which a newer one replaces an older.
   * Null: every answer counts (or it is no subscription), so nothing may be shared or left out.
   */
  readonly shareKey: string | null;
}

/** The schema's way of turning anything thrown into what a caller may see. */
export type FormatError = (error: unknown, report: Report) => GraphQLFormattedError;

/** Serialised answers, one per event. `return()` takes effect at once, even while `next()` is pending. */
export type PayloadStream = AsyncIterator<string, undefined, undefined>;

/** Why there is no answer at all: the request was refused before running. */
export interface Refused {
  readonly errors: readonly GraphQLError[];
}

/** Why a subscription did not open, as callers see it. */
export interface NotOpened {
  readonly errors: readonly GraphQLFormattedError[];
}
