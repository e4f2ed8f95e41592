import type { ASTNode } from 'graphql';
import { GraphQLError, Kind, isValueNode } from 'graphql';
import type { ErrorCode } from '../../domain/errors.ts';

/**
 * How graphql-js ends a long list of variables that do not fit; the one message without any other
 * mark.
 */
const TOO_MANY = 'Too many errors processing variables';

/** Which step of a request an error came from, where the server knows. */
export type RequestStage = 'validation' | 'execution';

/**
 * What a GraphQLError that graphql-js itself made means. It gives its errors no codes, but each
 * kind has a shape of its own:
 * - a syntax error has a position and no nodes;
 * - before any field ran there is no path. A variable that does not fit points at its definition or
 *   at its value; an error without any place is about choosing the operation; every other one comes
 *   from validation;
 * - in a field, an argument that does not fit points at its value. Any other failure there is not
 *   the caller's doing.
 *
 * An unused variable and a missing one have the same shape; `validation` tells them apart. Null:
 * none of these.
 */
export function graphqlFailure(error: GraphQLError, stage: RequestStage): ErrorCode | null {
  const { nodes } = error;
  if (nodes === undefined && error.positions !== undefined) return 'GRAPHQL_PARSE_FAILED';
  if (error.path !== undefined) return isArgumentFailure(error) ? 'INVALID_INPUT' : null;
  if (error.originalError !== undefined && !(error.originalError instanceof GraphQLError))
    return null;
  if (stage === 'validation') return 'GRAPHQL_VALIDATION_FAILED';
  if (nodes === undefined)
    return error.message.startsWith(TOO_MANY) ? 'INVALID_INPUT' : 'OPERATION_RESOLUTION_FAILURE';
  const isAboutValues = nodes.every((node) => isVariableDefinition(node) || isValueNode(node));
  return isAboutValues ? 'INVALID_INPUT' : 'GRAPHQL_VALIDATION_FAILED';
}

function isArgumentFailure({ originalError }: GraphQLError): boolean {
  if (!(originalError instanceof GraphQLError) || originalError.nodes === undefined) return false;
  return originalError.nodes.length > 0 && originalError.nodes.every(isValueNode);
}

function isVariableDefinition(node: ASTNode): boolean {
  return node.kind === Kind.VARIABLE_DEFINITION;
}
