import { readFileSync } from 'node:fs';
import {
  Kind,
  OperationTypeNode,
  parse,
  print,
  visit,
  type ASTNode,
  type DocumentNode,
} from 'graphql';
import { z } from 'zod';
import { addTypenames } from './add-typenames.ts';

/** The operations of the generated manifest. */
export interface PersistedOperations {
  /** The text that goes by an id, with or without `sha256:` before it; null: none does. */
  textOf(id: string): string | null;
  /** Whether a document is one of them, however it is laid out. */
  includes(document: DocumentNode): boolean;
}

const manifestShape = z.record(z.string(), z.string());

/** Reads the manifest: a JSON object of texts by their ids. Throws when there is none. */
export function readPersistedOperations(path: string): PersistedOperations {
  return createPersistedOperations(manifestShape.parse(JSON.parse(readFileSync(path, 'utf8'))));
}

/** `manifest` has the texts by their ids. */
export function createPersistedOperations(
  manifest: Readonly<Record<string, string>>,
): PersistedOperations {
  const texts = new Map(Object.entries(manifest));
  const known = new Set([...texts.values()].map((text) => normalForm(parse(text))));
  return {
    textOf: (id) => texts.get(id.replace(/^sha256:/, '')) ?? null,
    includes: (document) => known.has(normalForm(document)),
  };
}

/**
 * The same text for documents that differ in nothing but layout, comments, the order of things whose order means nothing, and
 * `__typename`, which some clients add: the code generator sorts what it puts into the manifest, while clients send their operations
 * as they were written. The fields of a mutation keep their order: that is the order in which they run.
 */
function normalForm(document: DocumentNode): string {
  return print(
    visit(addTypenames(document), {
      Document: { leave: (node) => ({ ...node, definitions: sorted(node.definitions) }) },
      OperationDefinition: {
        leave: (node) => ({ ...node, variableDefinitions: sorted(node.variableDefinitions ?? []) }),
      },
      SelectionSet: {
        leave: (node, _key, parent) =>
          isMutation(parent) ? node : { ...node, selections: sorted(node.selections) },
      },
      Field: { leave: (node) => ({ ...node, arguments: sorted(node.arguments ?? []) }) },
      Directive: { leave: (node) => ({ ...node, arguments: sorted(node.arguments ?? []) }) },
    }),
  );
}

function isMutation(node: ASTNode | readonly ASTNode[] | undefined): boolean {
  return (
    node !== undefined &&
    'kind' in node &&
    node.kind === Kind.OPERATION_DEFINITION &&
    node.operation === OperationTypeNode.MUTATION
  );
}

function sorted<Node extends ASTNode>(nodes: readonly Node[]): Node[] {
  return nodes
    .map((node) => ({ node, text: print(node) }))
    .sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text)))
    .map(({ node }) => node);
}
