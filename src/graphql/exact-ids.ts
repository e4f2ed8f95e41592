import {
  GraphQLError,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ASTNode,
  type GraphQLType,
} from 'graphql';
import type { ErrorCode } from '../domain/errors.ts';

/**
 * The schema with an ID that refuses numbers which JSON cannot carry exactly. graphql-js takes any
 * integer, and two that differ would be the same text: one idempotency key for two purchases.
 * Pothos builds every ID as graphql-js's own, so it is replaced after, in the types themselves: the
 * schema given is used up.
 */
export function withExactIds(schema: GraphQLSchema): GraphQLSchema {
  const id = exactId();
  const { types, ...rest } = schema.toConfig();
  for (const type of types) {
    if (isInputObjectType(type)) retype(Object.values(type.getFields()), id);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const fields = Object.values(type.getFields());
    retype(fields, id);
    for (const { args } of fields) retype(args, id);
  }
  return new GraphQLSchema({ ...rest, types: [...types.filter((type) => type !== GraphQLID), id] });
}

/** Puts the new ID in the old one's place. */
function retype(places: readonly { type: GraphQLType }[], id: GraphQLScalarType): void {
  for (const place of places) place.type = withId(place.type, id);
}

function withId(type: GraphQLType, id: GraphQLScalarType): GraphQLType {
  if (type instanceof GraphQLNonNull) return new GraphQLNonNull(withId(type.ofType, id));
  if (type instanceof GraphQLList) return new GraphQLList(withId(type.ofType, id));
  return type === GraphQLID ? id : type;
}

const config = GraphQLID.toConfig();

function exactId(): GraphQLScalarType {
  return new GraphQLScalarType({
    ...config,
    parseValue(value) {
      if (typeof value === 'number' && !Number.isSafeInteger(value)) throw notExact();
      return config.parseValue(value);
    },
    parseLiteral(node, variables) {
      if (node.kind === Kind.INT && !Number.isSafeInteger(Number(node.value))) {
        throw notExact(node);
      }
      return config.parseLiteral(node, variables);
    },
  });
}

function notExact(node?: ASTNode): GraphQLError {
  return new GraphQLError(
    'A number given for an ID must be whole and of at most 15 digits, or it may arrive as another one: send it as a string.',
    { ...(node && { nodes: node }), extensions: { code: 'INVALID_INPUT' satisfies ErrorCode } },
  );
}
