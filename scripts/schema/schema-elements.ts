import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/** What a schema lets be deprecated: a field, an argument, an input field, or an enum's value. */
export interface SchemaElement {
  /** `Type.field`, `Type.field.argument`, `Input.field` or `Enum.VALUE`. */
  readonly path: string;
  readonly deprecationReason: string | null;
}

/** Everything in a schema that can be deprecated. */
export function schemaElements(schema: GraphQLSchema): SchemaElement[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap(elementsOf);
}

interface Part {
  readonly name: string;
  readonly deprecationReason?: string | null | undefined;
}

function elementsOf(type: GraphQLNamedType): SchemaElement[] {
  const within = (owner: string, parts: readonly Part[]): SchemaElement[] =>
    parts.map(({ name, deprecationReason }) => ({
      path: `${owner}.${name}`,
      deprecationReason: deprecationReason ?? null,
    }));
  if (isEnumType(type)) return within(type.name, type.getValues());
  if (isInputObjectType(type)) return within(type.name, Object.values(type.getFields()));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.values(type.getFields());
  return [
    ...within(type.name, fields),
    ...fields.flatMap((field) => within(`${type.name}.${field.name}`, field.args)),
  ];
}
