import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  getVariableValues,
  isInputObjectType,
  Kind,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { GatewayError } from '../domain/errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_COST, MAX_PAGE_SIZE } from './limits.ts';

/**
 * Weighs one operation of a valid document. Throws OPERATION_TOO_COMPLEX for one that costs too
 * much, and what graphql-js says of an argument that does not fit, since then its cost cannot be
 * told. Variables that do not fit are left to the execution, which begins with them and says what
 * is wrong with each.
 */
export type CheckCost = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>> | null,
) => void;

/** Built-in types whose values no cost depends on. */
const TEXTS = new Set(['ID', 'String']);

/**
 * The check for `schema`, whose fields carry what Pothos' complexity plugin made of their costs. To
 * be asked before an operation runs: the plugin itself would refuse in the root fields, when the
 * answer has begun, and weigh a subscription at every event.
 */
export function createCostCheck(schema: GraphQLSchema): CheckCost {
  /** Operations that cost the same whatever their variables are, and not too much. */
  const cheap = new WeakSet<OperationDefinitionNode>();
  return (document, operation, variables) => {
    if (cheap.has(operation)) return;
    const given = variables ?? {};
    const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, {
      maxErrors: 1,
    });
    if (errors !== undefined) return;
    const cost = costOf(schema, document, operation, given);
    if (cost > MAX_COST) {
      const message =
        `This operation costs ${cost}; at most ${MAX_COST} is allowed. ` +
        'Ask for smaller pages (a lower first), or for fewer lists inside lists.';
      throw new GatewayError('OPERATION_TOO_COMPLEX', message);
    }
    if (hasFixedCost(schema, operation)) cheap.add(operation);
  };
}

/**
 * Whether no variable can change what an operation costs, or whether its cost can be told: each has
 * to be given and is a text of some kind or an input object, while costs depend on numbers and
 * conditions that are arguments themselves.
 */
function hasFixedCost(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): boolean {
  return variableDefinitions.every(({ type, defaultValue }) => {
    if (defaultValue !== undefined || type.kind !== Kind.NON_NULL_TYPE) return false;
    if (type.type.kind !== Kind.NAMED_TYPE) return false;
    const name = type.type.name.value;
    return TEXTS.has(name) || isInputObjectType(schema.getType(name));
  });
}

function costOf(
  schema: GraphQLSchema,
  { kind, definitions }: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): number {
  // It weighs the first operation that it finds.
  const operationFirst = { kind, definitions: [operation, ...definitions] };
  return complexityFromQuery(operationFirst, { schema, variables }).complexity;
}

/**
 * What a page costs: `first` rows to read, and that many times what is asked of an entry. A wrong
 * `first` is refused elsewhere.
 */
export function pageCost(args: { readonly first?: number | null | undefined }): {
  field: number;
  multiplier: number;
} {
  const rows = Math.min(Math.max(args.first ?? DEFAULT_PAGE_SIZE, 1), MAX_PAGE_SIZE);
  return { field: rows, multiplier: rows };
}
