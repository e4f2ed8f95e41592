import type { PothosOutputFieldConfig, SchemaTypes } from '@pothos/core';
import SchemaBuilder, { BasePlugin } from '@pothos/core';
import type { ComplexityErrorFn } from '@pothos/plugin-complexity';
import { PothosComplexityPlugin } from '@pothos/plugin-complexity';
import type { GraphQLFieldResolver } from 'graphql';
import { GatewayError } from '../domain/errors.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './limits.ts';

type Resolve<Types extends SchemaTypes> = GraphQLFieldResolver<unknown, Types['Context'], object>;

/** The name under which a builder takes this plugin. */
export const operationCost = 'operationCost';

/**
 * Weighs an operation before any of its resolvers runs and throws OPERATION_TOO_COMPLEX. It stands beside Pothos' complexity
 * plugin, which knows what a field costs but, left to itself, would weigh a subscription again at every event
 * instead of once, before its stream begins; so that one is disabled as far as refusing goes.
 */
export class OperationCostPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  private readonly complexity = new PothosComplexityPlugin<Types>(this.buildCache, 'complexity');

  override wrapResolve(
    resolve: Resolve<Types>,
    field: PothosOutputFieldConfig<Types>,
  ): Resolve<Types> {
    return field.kind === 'Query' || field.kind === 'Mutation' ? this.weighed(resolve) : resolve;
  }

  override wrapSubscribe(subscribe: Resolve<Types> | undefined): Resolve<Types> | undefined {
    return subscribe && this.weighed(subscribe);
  }

  private weighed(run: Resolve<Types>): Resolve<Types> {
    return (parent, args, context, info): unknown => {
      this.complexity.checkComplexity(context, info);
      return run(parent, args, context, info);
    };
  }
}

/** Says which limit was exceeded, by how much, and what to do. */
export const tooComplex: ComplexityErrorFn = (_kind, found) => {
  const { depth, maxDepth = Infinity, complexity, maxComplexity = Infinity } = found;
  return new GatewayError(
    'OPERATION_TOO_COMPLEX',
    depth > maxDepth
      ? `This operation is ${depth} levels deep; at most ${maxDepth} are allowed. Split it into several.`
      : `This operation costs ${complexity}; at most ${maxComplexity} is allowed. ` +
          'Ask for smaller pages (a lower first), or for fewer lists inside lists.',
  );
};

/** What a page costs: `first` rows to read, and that many times what is asked of an entry. A wrong `first` is refused elsewhere. */
export function pageCost(args: { readonly first?: number | null | undefined }): {
  field: number;
  multiplier: number;
} {
  const rows = Math.min(Math.max(args.first ?? DEFAULT_PAGE_SIZE, 1), MAX_PAGE_SIZE);
  return { field: rows, multiplier: rows };
}

declare global {
  // Pothos keeps its list of plugins in this namespace.
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      operationCost: OperationCostPlugin<Types>;
    }
  }
}

SchemaBuilder.registerPlugin(operationCost, OperationCostPlugin);
