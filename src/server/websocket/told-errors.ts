import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/**
 * Carries errors, as callers see them, through graphql-ws, which takes nothing but its own kind.
 */
export class ToldErrors extends GraphQLError {
  readonly told: readonly GraphQLFormattedError[];

  constructor(told: readonly GraphQLFormattedError[]) {
    super('Refused');
    this.told = told;
  }
}

/**
 * The errors that were carried, whether they were returned or thrown; null: these come from
 * elsewhere.
 */
export function toldIn(errors: readonly GraphQLError[]): readonly GraphQLFormattedError[] | null {
  const [first] = errors;
  if (first instanceof ToldErrors) return first.told;
  return first?.originalError instanceof ToldErrors ? first.originalError.told : null;
}
