import { CriticalityLevel, DiffRule, diff, type Change } from '@graphql-inspector/core';
import { isAbstractType, type GraphQLSchema } from 'graphql';
import { removalDate } from './deprecations.ts';
import { mustBeGiven } from './must-be-given.ts';
import { schemaElements } from './schema-elements.ts';

/** One difference between two schemas that a caller can notice. */
export interface SchemaChange {
  /** `Type`, `Type.field`, `Enum.VALUE`, or `@directive`: where it is, arguments counted to their field. */
  readonly coordinate: string;
  readonly level: 'BREAKING' | 'DANGEROUS' | 'SAFE';
  /** An English sentence, without its full stop. */
  readonly message: string;
}

/**
 * What `present` changes of `released`, descriptions aside. Taking away what was released as deprecated breaks nothing once the day
 * that its deprecation names has passed. `today` is YYYY-MM-DD.
 */
export async function schemaChanges(
  released: GraphQLSchema,
  present: GraphQLSchema,
  today: string,
): Promise<SchemaChange[]> {
  const changes = await diff(released, present, [DiffRule.ignoreDescriptionChanges]);
  const announced = announcedRemovals(released, today);
  return changes.map((change) => ({
    coordinate: coordinateOf(change),
    level: losesDefault(change, present) ? 'BREAKING' : levelOf(change, announced, released),
    message: change.message,
  }));
}

/** GraphQL Inspector calls that dangerous, though whoever relied on the default is refused now. */
function losesDefault({ type, path = '' }: Change, present: GraphQLSchema): boolean {
  return /_DEFAULT(_VALUE)?_CHANGED$/.test(type) && mustBeGiven(present, path);
}

function levelOf(
  { type, path = '', criticality }: Change,
  announced: ReadonlySet<string>,
  released: GraphQLSchema,
): SchemaChange['level'] {
  if (criticality.level === CriticalityLevel.NonBreaking) return 'SAFE';
  if (criticality.level === CriticalityLevel.Dangerous) return 'DANGEROUS';
  const isRemoval = type.endsWith('_REMOVED');
  if (isRemoval && announced.has(path)) return 'DANGEROUS';
  // Whoever could ask for it did so through a field or an argument, and each of those is a change of its own.
  if (type === 'TYPE_REMOVED' && !isPossibleType(released, path)) return 'DANGEROUS';
  return 'BREAKING';
}

/** Whether fragments may name the type: because an interface or a union can turn out to be it, or because it is one. */
function isPossibleType(schema: GraphQLSchema, name: string): boolean {
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return abstract.some(
    (type) => type.name === name || schema.getPossibleTypes(type).some((one) => one.name === name),
  );
}

/** Of what is deprecated, the paths of what may go now. */
function announcedRemovals(schema: GraphQLSchema, today: string): Set<string> {
  const elements = schemaElements(schema).filter(({ deprecationReason }) => {
    const date = removalDate(deprecationReason ?? '');
    return date !== null && date < today;
  });
  return new Set(elements.map(({ path }) => path));
}

/** The first two parts of a path, of which the second may be a directive's use. */
function coordinateOf({ path = '' }: Change): string {
  const [type = '', part] = path.split('.');
  return part === undefined || part.startsWith('@') ? type : `${type}.${part}`;
}
