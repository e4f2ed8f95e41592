import type { Plugin } from '@envelop/core';
import { specifiedRules, type ValidationRule } from 'graphql';
import { clientError, refusalOf } from '../../client-error.ts';
import type { OperationContext } from '../../operation-context.ts';
import type { Documents } from '../documents/documents.ts';
import { idOf } from '../persisted/persisted-operations.ts';

const RULES: ReadonlySet<ValidationRule> = new Set(specifiedRules);

/**
 * Parses and validates with `documents`: measured before it is parsed on, remembered once it is valid. Rules that other plugins
 * add are asked as well, each time.
 */
export function useDocuments(documents: Documents): Plugin<OperationContext> {
  return {
    onParse({ context, setParseFn }) {
      setParseFn((source) => {
        const text = typeof source === 'string' ? source : source.body;
        if (text === '' && idOf(context.params) !== null) {
          throw clientError('OPERATION_NOT_ALLOWED', 'No operation goes by this id here.');
        }
        const checked = documents.check(text);
        if ('errors' in checked && checked.document === null) {
          throw refusalOf(checked.errors);
        }
        return checked.document;
      });
    },
    onValidate({ setValidationFn, validateFn }) {
      setValidationFn((schema, document, rules: readonly ValidationRule[] = [], ...rest) => {
        const checked = documents.checkDocument(document);
        if ('errors' in checked) return checked.errors;
        if (rules.length <= RULES.size) return [];
        const added = rules.filter((rule) => !RULES.has(rule));
        return validateFn(schema, document, added, ...rest);
      });
    },
  };
}
