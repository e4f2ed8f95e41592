import type { DocumentNode, FieldNode, SelectionSetNode } from 'graphql';

/** The fragments of a document by name. */
export type Fragments = ReadonlyMap<string, SelectionSetNode>;

/** The fields that each key of an answer's object stands for. */
export type SelectedFields = ReadonlyMap<string, readonly FieldNode[]>;

/** The selection sets of a document's operations. */
export function operationSelections(document: DocumentNode): SelectionSetNode[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === 'OperationDefinition' ? [definition.selectionSet] : [],
  );
}

/** The fragments that a document defines. */
export function fragmentsOf(document: DocumentNode): Fragments {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === 'FragmentDefinition'
        ? [[definition.name.value, definition.selectionSet] as const]
        : [],
    ),
  );
}

/** The fields below these selection sets by the keys that an answer has them under; fragments are opened. */
export function selectedFields(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
): SelectedFields {
  const fields = new Map<string, FieldNode[]>();
  const open = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === 'Field') {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(key);
        if (nodes === undefined) fields.set(key, [selection]);
        else nodes.push(selection);
      } else if (selection.kind === 'InlineFragment') {
        open(selection.selectionSet);
      } else {
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) open(fragment);
      }
    }
  };
  for (const set of sets) open(set);
  return fields;
}

/** The selection sets of one field that was asked for in several places. */
export function selectionsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
}
