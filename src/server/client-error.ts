import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { ErrorCode, ErrorDetails } from '../domain/errors.ts';

/** What HTTP says about an error beside its body. */
export interface HttpFate {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where in a document an error arose, as graphql-js tells it, and what HTTP says about it. */
export interface ErrorPlace {
  readonly nodes?: GraphQLError['nodes'];
  readonly source?: GraphQLError['source'];
  readonly positions?: GraphQLError['positions'];
  readonly http?: HttpFate;
}

/** An error that the server itself refuses with: fit for callers as it is. */
export class ClientError extends GraphQLError {
  readonly told: GraphQLFormattedError;

  constructor(code: ErrorCode, message: string, details: ErrorDetails, place: ErrorPlace) {
    const { nodes, source, positions, http } = place;
    const extensions = { code, ...details };
    super(message, {
      nodes: nodes ?? null,
      source: source ?? null,
      positions: positions ?? null,
      // A copy: Yoga writes HTTP statuses into it.
      extensions: { ...extensions, ...(http !== undefined && { http }) },
    });
    const { locations } = this;
    this.told = { message, ...(locations && { locations }), extensions };
  }
}

/**
 * The message echoes nothing of the caller's. What `place` tells HTTP never leaves the gateway in a
 * body.
 */
export function clientError(
  code: ErrorCode,
  message: string,
  details: ErrorDetails = {},
  place: ErrorPlace = {},
): ClientError {
  return new ClientError(code, message, details, place);
}

/** What is thrown to refuse with these errors. */
export function refusalOf(errors: readonly GraphQLError[]): Error {
  const [first] = errors;
  return first !== undefined && errors.length === 1 ? first : new AggregateError(errors, 'Refused');
}
