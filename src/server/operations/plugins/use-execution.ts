import type { Plugin } from '@envelop/core';
import { OperationTypeNode } from 'graphql';
import type { OperationContext } from '../../operation-context.ts';
import type { Execution } from '../execution.ts';

/** Runs queries and mutations, each within its deadline. */
export function useExecution(execution: Execution): Plugin<OperationContext> {
  return {
    onExecute({ context, setExecuteFn }) {
      const isMutation = context.operation?.type === OperationTypeNode.MUTATION;
      setExecuteFn(isMutation ? execution.mutation : execution.query);
    },
  };
}
