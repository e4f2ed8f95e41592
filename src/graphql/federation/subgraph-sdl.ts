import {
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
  type ConstDirectiveNode,
  type GraphQLSchema,
} from 'graphql';
import { ENTITIES } from './entities.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])';

/** Other subgraphs with Relay's lists have it as well; each of them may answer. */
const SHARED = 'PageInfo';

/** The SDL that a router composes, for the schema that is no subgraph yet. */
export function subgraphSdl(schema: GraphQLSchema): string {
  const document = parse(printSchema(lexicographicSortSchema(schema)), { noLocation: true });
  const marked = visit(document, {
    ObjectTypeDefinition(node) {
      const name = node.name.value;
      if (name === SHARED) return { ...node, directives: [directive('@shareable')] };
      if (!ENTITIES.some((one) => one === name)) return undefined;
      return { ...node, directives: [directive('@key(fields: "id")')] };
    },
  });
  return `${LINK}\n\n${print(marked)}\n`;
}

/** A directive as it is written. */
function directive(source: string): ConstDirectiveNode {
  const [definition] = parse(`scalar Any ${source}`, { noLocation: true }).definitions;
  const found = definition?.kind === Kind.SCALAR_TYPE_DEFINITION && definition.directives?.[0];
  if (!found) throw new Error(`${source} is no directive.`);
  return found;
}
