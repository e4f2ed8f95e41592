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
import { clientError } from '../../client-error.ts';
import type { OperationParams } from '../../operation-params.ts';

/** The operations of the generated manifest. */
export interface PersistedOperations {
  /** The text that goes by an id, with or without `sha256:` before it; null: none does. */
  textOf(id: string): string | null;
  /** Whether a document is one of them, however it is laid out. */
  includes(document: DocumentNode): boolean;
  /** What its operations are called. */
  readonly names: ReadonlySet<string>;
}

const manifestShape = z.record(z.string(), z.string());

/** Reads the manifest: a JSON object of texts by their ids. Throws when there is none. */
export function readPersistedOperations(path: string): PersistedOperations {
  // Decoding drops the byte order mark that some editors put before a text.
  const text = new TextDecoder().decode(readFileSync(path));
  return createPersistedOperations(manifestShape.parse(JSON.parse(text)));
}

/** `manifest` has the texts by their ids. */
export function createPersistedOperations(
  manifest: Readonly<Record<string, string>>,
): PersistedOperations {
  const texts = new Map(Object.entries(manifest));
  const documents = [...texts.values()].map((text) => parse(text));
  const known = new Set(documents.map(normalForm));
  return {
    textOf: (id) => texts.get(id.replace(/^sha256:/, '')) ?? null,
    includes: (document) => known.has(normalForm(document)),
    names: new Set(documents.flatMap(namesIn)),
  };
}

function namesIn({ definitions }: DocumentNode): string[] {
  return definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
  );
}

/**
 * The id that an operation of the manifest is named by instead of being sent; null: it is sent.
 * Throws BAD_REQUEST.
 */
export function idOf({ documentId, extensions }: OperationParams): string | null {
  const persisted = extensions?.['persistedQuery'];
  const id: unknown = documentId ?? (isRecord(persisted) ? persisted['sha256Hash'] : null) ?? null;
  if (id === null || typeof id === 'string') return id;
  throw clientError('BAD_REQUEST', 'The id of a persisted operation must be a string.');
}

/**
 * The same parameters with the text of the operation that they name, or an empty text where none
 * goes by that id, or nothing is named. Throws BAD_REQUEST.
 */
export function withPersistedText(
  params: OperationParams,
  persisted: PersistedOperations,
): OperationParams {
  if (params.query) return params;
  const id = idOf(params);
  return { ...params, query: (id === null ? null : persisted.textOf(id)) ?? '' };
}

/**
 * The same text for documents that differ in nothing but layout, comments, the order of things
 * whose order means nothing, and `__typename`, which some clients add: the code generator sorts
 * what it puts into the manifest, while clients send their operations as they were written. The
 * fields of a mutation keep their order: that is the order in which they run.
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

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
