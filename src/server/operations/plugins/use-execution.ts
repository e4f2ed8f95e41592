import type { Plugin } from '@envelop/core';
import { OperationTypeNode } from 'graphql';
import type { OperationContext } from '../../operation-context.ts';
import type { Execution } from '../execution.ts';

const NOT_ADMITTED = { errors: [new Error('An operation that no gate has admitted')] };

/**
 * Runs queries and mutations, each within its deadline, and nothing that the gates have not
 * admitted.
 */
export function useExecution(execution: Execution): Plugin<OperationContext> {
  return {
    onExecute({ context, setExecuteFn }) {
      const { operation } = context;
      if (operation === undefined) setExecuteFn(() => NOT_ADMITTED);
      else if (operation.type === OperationTypeNode.MUTATION) setExecuteFn(execution.mutation);
      else setExecuteFn(execution.query);
    },
  };
}
