import {
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type SelectionSetNode,
} from 'graphql';
import type { ServerLimits } from '../../limits.ts';
import { clientError } from '../../client-error.ts';

/** What a selection set amounts to once every fragment is put in its place. */
interface Weight {
  readonly depth: number;
  /** Fields directly in the set. */
  readonly width: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
}

const NOTHING: Weight = { depth: 0, width: 0, fields: 0, aliases: 0, directives: 0 };

/**
 * Measures every operation of a parsed document against the limits, before anything costlier looks
 * at it. Fragments are weighed once each, so time grows with the document and not with what it
 * expands to. A fragment cycle weighs nothing here; validation refuses it. The document's nesting
 * is bounded by its token limit, so recursion is safe. Answers OPERATION_TOO_COMPLEX with what was
 * exceeded, or an empty list.
 */
export function exceededLimits(
  document: DocumentNode,
  limits: ServerLimits,
): readonly GraphQLError[] {
  const weigh = createScale(document);
  const exceeded: GraphQLError[] = [];
  const compare = (what: string, found: number, allowed: number): void => {
    if (found > allowed) {
      exceeded.push(clientError('OPERATION_TOO_COMPLEX', `Too many ${what}: at most ${allowed}.`));
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const weight = weigh(definition.selectionSet);
    compare('levels of fields', weight.depth, limits.depth);
    compare('fields', weight.fields, limits.fields);
    compare('aliases', weight.aliases, limits.aliases);
    compare(
      'directives',
      weight.directives +
        (definition.directives?.length ?? 0) +
        (definition.variableDefinitions ?? []).reduce(
          (sum, variable) => sum + (variable.directives?.length ?? 0),
          0,
        ),
      limits.directives,
    );
    if (definition.operation === OperationTypeNode.MUTATION) {
      compare('mutations in one request', weight.width, limits.mutationFields);
    } else {
      compare('root fields', weight.width, limits.rootFields);
    }
  }
  return exceeded;
}

function createScale(document: DocumentNode): (selectionSet: SelectionSetNode) => Weight {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const weighed = new Map<string, Weight>();

  const weighFragment = (name: string): Weight => {
    const known = weighed.get(name);
    if (known !== undefined) return known;
    weighed.set(name, NOTHING);
    const fragment = fragments.get(name);
    const weight = fragment === undefined ? NOTHING : weigh(fragment.selectionSet);
    weighed.set(name, weight);
    return weight;
  };

  const weigh = (selectionSet: SelectionSetNode): Weight => {
    let { depth, width, fields, aliases, directives } = NOTHING;
    for (const selection of selectionSet.selections) {
      directives += selection.directives?.length ?? 0;
      let inner = NOTHING;
      if (selection.kind === Kind.FIELD) {
        width += 1;
        fields += 1;
        if (selection.alias !== undefined) aliases += 1;
        if (selection.selectionSet !== undefined && !isIntrospection(selection.name.value)) {
          inner = weigh(selection.selectionSet);
        }
        depth = Math.max(depth, inner.depth + 1);
      } else {
        inner =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? weighFragment(selection.name.value)
            : weigh(selection.selectionSet);
        width += inner.width;
        depth = Math.max(depth, inner.depth);
      }
      fields += inner.fields;
      aliases += inner.aliases;
      directives += inner.directives;
    }
    return { depth, width, fields, aliases, directives };
  };
  return weigh;
}

/** The tools' own query nests deeper than any of ours, and only runs where introspection is on. */
function isIntrospection(field: string): boolean {
  return field === '__schema' || field === '__type';
}
