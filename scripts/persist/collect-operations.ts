import {
  GraphQLError,
  Kind,
  Source,
  parse,
  validate,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';

/** A file of operations. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** An operation with the fragments that it uses, whichever files they are in. */
export interface CollectedOperation {
  readonly name: string;
  /** As `file:line:column`. */
  readonly place: string;
  readonly document: DocumentNode;
}

/** What keeps a file's operations from being used; `place` is `file:line:column`, or the file alone. */
export interface OperationProblem {
  readonly place: string;
  readonly message: string;
}

/** The operations of all files, or everything that is wrong with them. */
export function collectOperations(
  files: readonly SourceFile[],
  schema: GraphQLSchema,
): {
  readonly operations: readonly CollectedOperation[];
  readonly problems: readonly OperationProblem[];
} {
  const problems: OperationProblem[] = [];
  const operations = new Map<string, OperationDefinitionNode>();
  const fragments = new Map<string, FragmentDefinitionNode>();

  for (const definition of files.flatMap((file) => definitionsIn(file, problems))) {
    const complain = (message: string): unknown =>
      problems.push({ place: placeOf(definition), message });
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      const name = definition.name.value;
      const other = fragments.get(name);
      if (other === undefined) fragments.set(name, definition);
      else complain(`There is another fragment ${name}, at ${placeOf(other)}.`);
    } else if (definition.kind === Kind.OPERATION_DEFINITION) {
      const name = definition.name?.value;
      const other = operations.get(name ?? '');
      if (name === undefined) complain('The operation has no name. Give it one of its own.');
      else if (other === undefined) operations.set(name, definition);
      else complain(`There is another operation ${name}, at ${placeOf(other)}.`);
    } else {
      complain('Only operations and fragments can be persisted, and this is neither.');
    }
  }

  const collected = [...operations].map(([name, operation]) => ({
    name,
    place: placeOf(operation),
    document: documentOf(operation, fragments),
  }));
  const invalid = collected.flatMap(({ document }) => validate(schema, document));
  problems.push(
    ...new Map(
      invalid.map((error) => [`${placeOfError(error)} ${error.message}`, problemOf(error)]),
    ).values(),
  );
  return { operations: collected, problems };
}

function definitionsIn(file: SourceFile, problems: OperationProblem[]) {
  try {
    return parse(new Source(file.text, file.name)).definitions;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    problems.push(problemOf(error));
    return [];
  }
}

/** An operation and every fragment that it spreads, or that those spread. */
function documentOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): DocumentNode {
  const used = new Set<FragmentDefinitionNode>();
  const follow = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(fragment)) return;
        used.add(fragment);
        follow(fragment);
      },
    });
  };
  follow(operation);
  return { kind: Kind.DOCUMENT, definitions: [operation, ...used] };
}

function problemOf(error: GraphQLError): OperationProblem {
  return { place: placeOfError(error), message: error.message };
}

function placeOfError({ source, nodes, locations }: GraphQLError): string {
  const file = nodes?.[0]?.loc?.source.name ?? source?.name ?? '';
  const at = locations?.[0];
  return at === undefined ? file : `${file}:${at.line}:${at.column}`;
}

function placeOf({
  loc,
}: {
  readonly loc?: { startToken: { line: number; column: number }; source: Source } | undefined;
}): string {
  return loc === undefined
    ? ''
    : `${loc.source.name}:${loc.startToken.line}:${loc.startToken.column}`;
}
