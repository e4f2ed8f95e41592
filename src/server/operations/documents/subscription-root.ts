import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The directives that can take a field out of an operation. */
const CONDITIONS = new Set(['skip', 'include']);

/**
 * Whether a subscription of the document has @skip or @include at its root, fragments included. The
 * specification forbids it, since what would be subscribed to could be nothing; the library does
 * not know that rule yet, and throws instead of refusing.
 */
export function hasConditionalRoot({ definitions }: DocumentNode): boolean {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const visited = new Set<SelectionSetNode>();
  const isConditional = (selectionSet: SelectionSetNode | undefined): boolean => {
    if (selectionSet === undefined || visited.has(selectionSet)) return false;
    visited.add(selectionSet);
    return selectionSet.selections.some((selection) => {
      if (selection.directives?.some(({ name }) => CONDITIONS.has(name.value))) return true;
      if (selection.kind === Kind.FIELD) return false;
      return isConditional(
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet,
      );
    });
  };
  return definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.SUBSCRIPTION &&
      isConditional(definition.selectionSet),
  );
}
