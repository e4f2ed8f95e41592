import { Kind, OperationTypeNode, getOperationAST, type OperationDefinitionNode } from 'graphql';
import type { Caller } from '../../domain/caller.ts';
import type { CheckCost } from '../../graphql/operation-cost.ts';
import { clientError } from '../client-error.ts';
import type { ServerLimits } from '../limits.ts';
import type { Operation, Refused } from '../operation.ts';
import type { OperationParams } from '../operation-params.ts';
import { asGraphqlError } from './as-graphql-error.ts';
import type { CheckedDocument } from './documents/documents.ts';
import type { RateLimits } from './rate-limits.ts';

/** Decides whether a checked document may run as a caller asks. */
export interface Allowance {
  /**
   * Takes one operation of the team's allowance, for what is refused as well. Adds
   * OPERATION_RESOLUTION_FAILURE, INVALID_INPUT, RATE_LIMITED and, for what it would cost,
   * OPERATION_TOO_COMPLEX to the codes of the document. Never throws.
   */
  admit(checked: CheckedDocument, params: OperationParams, caller: Caller): Operation | Refused;
}

/**
 * `stateSubscriptions` are the subscription fields whose every event is a whole state, so that only
 * the latest matters.
 */
export function createAllowance(options: {
  readonly checkCost: CheckCost;
  readonly rateLimits: RateLimits;
  readonly stateSubscriptions: readonly string[];
  readonly limits: Pick<ServerLimits, 'variableDepth'>;
}): Allowance {
  const { checkCost, rateLimits, limits } = options;
  const states = new Set(options.stateSubscriptions);

  const prepare = (checked: CheckedDocument, params: OperationParams): Operation | Refused => {
    if ('errors' in checked) return checked;
    const { document, id } = checked;
    const operationName = params.operationName ?? null;
    const variables = params.variables ?? null;
    const definition = getOperationAST(document, operationName);
    if (definition === null || definition === undefined) {
      const message =
        operationName === null
          ? 'The document has several operations: name one in operationName.'
          : 'The document has no such operation.';
      return { errors: [clientError('OPERATION_RESOLUTION_FAILURE', message)] };
    }
    if (nestsDeeper(variables, limits.variableDepth)) {
      const message = `Variables nest deeper than ${limits.variableDepth}.`;
      return { errors: [clientError('INVALID_INPUT', message)] };
    }
    checkCost(document, definition, variables);
    return {
      type: definition.operation,
      name: definition.name?.value ?? null,
      document,
      definition,
      operationName,
      variables,
      shareKey: isState(definition, states) ? JSON.stringify([id, operationName, variables]) : null,
    };
  };

  const prepareOrRefuse = (
    checked: CheckedDocument,
    params: OperationParams,
  ): Operation | Refused => {
    try {
      return prepare(checked, params);
    } catch (error) {
      return { errors: [asGraphqlError(error)] };
    }
  };

  return {
    admit(checked, params, { team }) {
      const prepared = prepareOrRefuse(checked, params);
      const kind = 'errors' in prepared ? OperationTypeNode.QUERY : prepared.type;
      const retryAfterSeconds = rateLimits.take(team, kind);
      if (retryAfterSeconds === 0) return prepared;
      const message = 'Your team sends too many operations of this kind.';
      return { errors: [clientError('RATE_LIMITED', message, { retryAfterSeconds })] };
    },
  };
}

/**
 * The specification allows a subscription one root field; through a fragment it is not worth
 * following.
 */
function isState(definition: OperationDefinitionNode, states: ReadonlySet<string>): boolean {
  const root = definition.selectionSet.selections[0];
  return (
    definition.operation === OperationTypeNode.SUBSCRIPTION &&
    root?.kind === Kind.FIELD &&
    states.has(root.name.value)
  );
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}
