import {
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isObjectType,
  type GraphQLFieldConfig,
} from 'graphql';
import type { GraphContext } from '../context.ts';
import { ENTITIES, findEntity, typeOfEntity } from './entities.ts';
import { subgraphSdl } from './subgraph-sdl.ts';

type Field = GraphQLFieldConfig<unknown, GraphContext>;

/**
 * The schema as a subgraph of Apollo Federation 2: with the two fields that a router asks for, and
 * the types of these. Everything else is as it was, so a caller who is no router sees no
 * difference.
 */
export function asSubgraph(schema: GraphQLSchema): GraphQLSchema {
  const { query, types, ...rest } = schema.toConfig();
  if (!query) throw new Error('A subgraph needs queries.');
  const config = query.toConfig();
  const asked = new GraphQLObjectType({
    ...config,
    fields: { ...config.fields, _entities: entitiesField(schema), _service: serviceField(schema) },
  });
  return new GraphQLSchema({
    ...rest,
    query: asked,
    types: types.filter((type) => type !== query),
  });
}

function entitiesField(schema: GraphQLSchema): Field {
  const entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'What other subgraphs may refer to.',
    types: ENTITIES.map((name) => schema.getType(name)).filter(isObjectType),
    resolveType: typeOfEntity,
  });
  const representation = new GraphQLScalarType({
    name: '_Any',
    description: 'A reference to an entity: its __typename and its key.',
  });
  const nonNull = new GraphQLNonNull(representation);
  return {
    description:
      "The jobs that a router has references to, in the order of these. Null: not known here, or another team's. For routers; everybody else asks for analysis and headSwapTask.",
    type: new GraphQLNonNull(new GraphQLList(entity)),
    args: {
      representations: {
        type: new GraphQLNonNull(new GraphQLList(nonNull)),
        description: 'Each with __typename, Analysis or HeadSwapTask, and id.',
      },
    },
    // Each costs what a row of a page costs.
    extensions: { complexity: costOf },
    // Whole: compiled operations lose the place of what is refused while others are still looked
    // for.
    resolve: (_root, args, context) =>
      Promise.all(
        representationsIn(args).map((one) =>
          findEntity(one, context).catch((error: unknown) => error),
        ),
      ),
  };
}

function serviceField(schema: GraphQLSchema): Field {
  let sdl: string | null = null;
  return {
    description: 'What a router composes its schema of.',
    type: new GraphQLNonNull(
      new GraphQLObjectType({
        name: '_Service',
        description: 'This subgraph.',
        fields: {
          sdl: {
            type: new GraphQLNonNull(GraphQLString),
            description: 'The schema with the directives of Apollo Federation.',
            resolve: () => (sdl ??= subgraphSdl(schema)),
          },
        },
      }),
    ),
    resolve: () => ({}),
  };
}

function costOf(args: Readonly<Record<string, unknown>>): { field: number; multiplier: number } {
  const { length } = representationsIn(args);
  return { field: length, multiplier: length };
}

function representationsIn({
  representations,
}: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Array.isArray(representations) ? representations : [];
}
