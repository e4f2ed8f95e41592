import { Kind, visit, type DocumentNode, type FieldNode } from 'graphql';

const TYPENAME: FieldNode = {
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: '__typename' },
};

/**
 * The same document with `__typename` in every selection set but those of the operations
 * themselves: what clients with a normalised cache, such as Apollo Client and urql, make of every
 * operation before they send it.
 */
export function addTypenames(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet(node, _key, parent) {
      if (parent !== undefined && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION) {
        return undefined;
      }
      const isThere = node.selections.some(
        (selection) =>
          selection.kind === Kind.FIELD &&
          selection.name.value === '__typename' &&
          selection.alias === undefined,
      );
      return isThere ? undefined : { ...node, selections: [...node.selections, TYPENAME] };
    },
  });
}
