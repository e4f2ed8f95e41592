import type { Plugin } from '@envelop/core';
import { specifiedRules, type ValidationRule } from 'graphql';
import { clientError, refusalOf, type ClientError } from '../../client-error.ts';
import type { OperationContext } from '../../operation-context.ts';
import type { OperationParams } from '../../operation-params.ts';
import type { Documents } from '../documents/documents.ts';
import { idOf } from '../persisted/persisted-operations.ts';

const RULES: ReadonlySet<ValidationRule> = new Set(specifiedRules);

/**
 * Parses and validates with `documents`: measured before it is parsed on, remembered once it is
 * valid. Rules that other plugins add are asked as well, each time. `persistedOnly`: there is
 * nothing but the operations of the manifest.
 */
export function useDocuments(
  documents: Documents,
  persistedOnly: boolean,
): Plugin<OperationContext> {
  return {
    onParse({ context, setParseFn }) {
      setParseFn((source) => {
        const text = typeof source === 'string' ? source : source.body;
        if (text === '' && idOf(context.params) !== null) {
          throw unknownId(context.params, persistedOnly);
        }
        if (text === '') throw clientError('BAD_REQUEST', NOTHING_ASKED);
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

const NOTHING_ASKED =
  'There is no operation: send its text as "query", or the id of a persisted one.';

/**
 * Clients that send Apollo's hashes know two words, and send the document on either: without one of
 * them they would never do so. Where anything may be sent, the second also ends their asking by
 * hash.
 */
function unknownId({ documentId }: OperationParams, persistedOnly: boolean): ClientError {
  if (documentId !== undefined) {
    return clientError('OPERATION_NOT_ALLOWED', 'No operation goes by this id here.');
  }
  return persistedOnly
    ? clientError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')
    : clientError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
}
