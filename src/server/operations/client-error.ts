import type { GraphQLFormattedError } from 'graphql';
import type { ErrorCode, ErrorDetails } from '../../domain/errors.ts';

/** An error as callers see it, for what the server itself refuses. The message is fit for callers and echoes nothing of theirs. */
export function refusal(
  code: ErrorCode,
  message: string,
  details: ErrorDetails = {},
): GraphQLFormattedError {
  return { message, extensions: { code, ...details } };
}
