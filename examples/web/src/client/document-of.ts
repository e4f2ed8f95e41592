import { gql, type AnyVariables, type TypedDocumentNode } from '@urql/core';
import type { DocumentTypeDecoration } from 'head-swap-client/operations';

/** A generated operation as urql takes it, which wants documents. The types stay. */
export function documentOf<Result, Variables extends AnyVariables>(
  operation: DocumentTypeDecoration<Result, Variables> & { toString(): string },
): TypedDocumentNode<Result, Variables> {
  return gql(operation.toString());
}
