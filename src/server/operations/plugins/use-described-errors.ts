import type { Plugin } from '@envelop/core';
import type { OperationContext } from '../../operation-context.ts';
import type { DescribeErrors } from '../describe-errors.ts';

/**
 * Tells the errors of what ran as callers may see them. What is refused before it runs is told by
 * each transport, with the same words.
 */
export function useDescribedErrors(describe: DescribeErrors): Plugin<OperationContext> {
  return {
    onExecute({ context }) {
      return {
        onExecuteDone({ result, setResult }) {
          if ('errors' in result && result.errors !== undefined) {
            setResult(describe.result(result, context.trace));
          }
        },
      };
    },
  };
}
