import { GraphQLError } from 'graphql';
import { toError } from '../../runtime/errors.ts';

/** Whatever was thrown, as results carry it; its meaning stays what it was. */
export function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = toError(error);
  return new GraphQLError(originalError.message, { originalError });
}
