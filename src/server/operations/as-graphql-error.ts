import { GraphQLError } from 'graphql';

/** Whatever was thrown, as results carry it; its meaning stays what it was. */
export function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error('Thrown without an error');
  return new GraphQLError(originalError.message, { originalError });
}
