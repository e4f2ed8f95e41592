import { isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import type { SchemaChange } from './schema-changes.ts';

/** Words in backticks. */
const CODE = /`([^`]+)`/g;

/**
 * The coordinates among `changes` that the changelog's part on the schema of the next release does not name, in backticks. To name
 * a new type is to name its fields, and to name a field of an interface is to name it in the types that have it from there.
 */
export function unnamedChanges(
  changes: readonly SchemaChange[],
  schema: GraphQLSchema,
  changelog: string,
): string[] {
  const named = new Set([...schemaPart(changelog).matchAll(CODE)].map(([, code = '']) => code));
  const added = new Set(
    changes.map(({ coordinate }) => coordinate).filter((one) => !one.includes('.')),
  );
  const isNamed = (coordinate: string): boolean => {
    const [type = '', field] = coordinate.split('.');
    if (named.has(coordinate) || field === undefined) return named.has(coordinate);
    if (added.has(type) && named.has(type)) return true;
    return interfacesOf(schema, type).some((one) => named.has(`${one}.${field}`));
  };
  const coordinates = new Set(changes.map(({ coordinate }) => coordinate));
  return [...coordinates].filter((coordinate) => !isNamed(coordinate));
}

function interfacesOf(schema: GraphQLSchema, name: string): string[] {
  const type = schema.getType(name);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return type.getInterfaces().map((one) => one.name);
}

/** From the heading `### Schema` under `## Unreleased` to the next heading. */
function schemaPart(changelog: string): string {
  const unreleased = changelog.split(/^## /m).find((part) => part.startsWith('Unreleased')) ?? '';
  return unreleased.split(/^### /m).find((part) => part.startsWith('Schema')) ?? '';
}
