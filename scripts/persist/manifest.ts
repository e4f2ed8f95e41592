import { createHash } from 'node:crypto';
import {
  getOperationAST,
  parse,
  print,
  stripIgnoredCharacters,
  validate,
  type GraphQLSchema,
} from 'graphql';
import { addTypenames } from '../../src/server/operations/persisted/add-typenames.ts';
import { createPersistedOperations } from '../../src/server/operations/persisted/persisted-operations.ts';
import type { CollectedOperation } from './collect-operations.ts';

/** Texts of operations by the hashes that they go by. */
export type Manifest = Readonly<Record<string, string>>;

/** What merging operations into a manifest makes of it. */
export interface Merged {
  readonly manifest: Manifest;
  /** Those that were not there. */
  readonly added: readonly AddedOperation[];
}

/** An operation with the id that it goes by. */
export interface AddedOperation extends CollectedOperation {
  readonly id: string;
}

/** The name of an operation of a manifest. */
function nameOf(text: string): string {
  return getOperationAST(parse(text))?.name?.value ?? '';
}

/**
 * Adds what is not there yet, with `__typename` wherever clients with a cache add it. What is there in other words, with other
 * white space or in another order, is not added again. Earlier texts of an operation stay, for clients that still send them.
 */
export function mergeOperations(
  manifest: Manifest,
  operations: readonly CollectedOperation[],
): Merged {
  const known = createPersistedOperations(manifest);
  const added: AddedOperation[] = [];
  const merged: Record<string, string> = { ...manifest };
  for (const operation of operations) {
    if (known.includes(operation.document)) continue;
    const text = stripIgnoredCharacters(print(addTypenames(operation.document)));
    const id = createHash('sha256').update(text).digest('hex');
    merged[id] = text;
    added.push({ ...operation, id });
  }
  return { manifest: merged, added };
}

/**
 * The gateway's own operations as they are now, and after them what a team has added. Throws when one of those does not fit the
 * schema any more.
 */
export function keepAdded(shipped: Manifest, earlier: Manifest, schema: GraphQLSchema): Manifest {
  const names = new Set(Object.values(shipped).map(nameOf));
  const kept = Object.entries(earlier).filter(([, text]) => !names.has(nameOf(text)));
  for (const [id, text] of kept) {
    const [error] = validate(schema, parse(text));
    if (error === undefined) continue;
    throw new Error(
      `The persisted operation ${nameOf(text)} does not fit the schema any more: ${error.message} Delete its entry, ${id}, or let the schema keep what it asks for.`,
    );
  }
  return { ...shipped, ...Object.fromEntries(kept) };
}

/** As the file has it. */
export function printManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
