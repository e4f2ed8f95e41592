import type { FormattedExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';
import type { RequestTrace } from '../../log/request-trace.ts';
import { ClientError } from '../client-error.ts';
import type { FormatError } from '../operation.ts';
import { asGraphqlError } from './as-graphql-error.ts';

/** A result whose errors were told already, or not yet. */
export interface AnyResult {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  readonly errors?: readonly (GraphQLError | GraphQLFormattedError)[] | undefined;
}

/** Tells errors as callers may see them. What was told already stays as it is. */
export interface DescribeErrors {
  errors(
    errors: readonly (Error | GraphQLFormattedError)[],
    trace: RequestTrace,
  ): readonly GraphQLFormattedError[];
  /** What parsing or another step threw: one error, or several in an AggregateError. */
  thrown(error: unknown, trace: RequestTrace): readonly GraphQLFormattedError[];
  result(result: AnyResult, trace: RequestTrace): FormattedExecutionResult;
}

/** The one place where the server gives errors to the schema's `formatError`. */
export function createDescribeErrors(formatError: FormatError): DescribeErrors {
  const describe: DescribeErrors['errors'] = (errors, { report }) =>
    errors.map((error) => {
      if (error instanceof ClientError) return error.told;
      return error instanceof Error ? formatError(error, report) : error;
    });
  return {
    errors: describe,
    thrown: (error, trace) => describe(errorsIn(error), trace),
    result({ errors, data, extensions }, trace) {
      if (errors === undefined && data !== undefined && extensions === undefined) return { data };
      return {
        ...(errors !== undefined && { errors: describe(errors, trace) }),
        ...(data !== undefined && { data }),
        ...(extensions !== undefined && { extensions }),
      };
    },
  };
}

/** The errors in something that was thrown. */
export function errorsIn(thrown: unknown): readonly GraphQLError[] {
  const errors: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown];
  return errors.map((error) => asGraphqlError(error));
}
