import type { Plugin } from '@envelop/core';
import type { DocumentNode } from 'graphql';
import { refusalOf } from '../../client-error.ts';
import type { OperationContext } from '../../operation-context.ts';
import type { Allowance } from '../allowance.ts';
import type { CheckedDocument, Documents } from '../documents/documents.ts';

/**
 * Puts the operation into the context, or refuses it: which one it is, its variables, its cost, and
 * the rate of its team.
 */
export function useAllowance(documents: Documents, allowance: Allowance): Plugin<OperationContext> {
  return {
    onParse() {
      return ({ context, result, extendContext, replaceParseResult }) => {
        const checked = checkedOf(result, documents);
        const admitted = allowance.admit(checked, context.params, context.caller);
        if (!('errors' in admitted)) extendContext({ operation: admitted });
        // What is only wrong for the schema is told by the validation.
        else if (admitted !== checked) replaceParseResult(refusalOf(admitted.errors));
      };
    },
  };
}

function checkedOf(result: DocumentNode | Error | null, documents: Documents): CheckedDocument {
  if (result === null || result instanceof Error) return { document: null, errors: [] };
  return documents.checkDocument(result);
}
